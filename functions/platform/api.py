"""HTTP -> answers about the platform itself: health, docs, /metrics, keys, audit, and paths that nobody takes."""

from fastapi import Request
from fastapi.responses import Response

from inframind.errors import MethodNotAllowed, NotFound
from inframind.http.app import answer, create_app, lambda_handler
from inframind.http.heads import without_body_for_head
from inframind.http.platform import docs, docs_pages, health_routes, key_routes

app = create_app("platform")
app.include_router(docs_pages.router)
app.include_router(health_routes.router)
app.include_router(key_routes.router)
handler = without_body_for_head(lambda_handler(app, "platform"))


@app.exception_handler(404)
@app.exception_handler(405)
async def _nobody_takes(request: Request, _error: Exception) -> Response:
    path = request.url.path
    allowed = ", ".join(sorted(docs.methods_at(path)))
    if not allowed:
        return answer(NotFound(f"There is nothing at {path}. GET /docs lists every path."))
    return answer(MethodNotAllowed(f"{path} takes {allowed}, not {request.method}."), {"allow": allowed})
