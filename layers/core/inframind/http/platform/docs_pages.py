"""The paths that show the API: /docs, the files it loads, and /openapi.json. All open."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from inframind.errors import NotFound
from inframind.http.platform import docs

KEPT = {True: "public, max-age=86400", False: "no-cache"}  # the bundle's files; what the next release may change
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"  # Swagger UI styles inline

router = APIRouter(tags=["platform"])


@router.get(
    "/docs",
    operation_id="docs",
    summary="This page",
    description="Open. Swagger UI, whole: nothing is loaded from elsewhere.",
    response_class=HTMLResponse,
    responses={200: {"content": {"text/html": {"example": docs.PAGE}}}},
)
async def page() -> Response:
    return HTMLResponse(docs.PAGE, headers={"content-security-policy": POLICY})


@router.get("/docs/{name}", include_in_schema=False)
async def asset(name: str) -> Response:
    found = docs.asset(name)
    if found is None:
        raise NotFound(f"There is no file {name} below /docs.")
    return Response(found[0], headers={"content-type": found[1], "cache-control": KEPT[name in docs.ASSETS]})


@router.get(
    "/openapi.json",
    operation_id="openapi",
    summary="This API as an OpenAPI 3.1 document",
    description="Open. Every path of every function, with its errors.",
    responses={200: {"content": {"application/json": {"example": {"openapi": "3.1.0"}}}}},
)
async def openapi() -> Response:
    return Response(docs.DOCUMENT.read_bytes(), media_type="application/json")
