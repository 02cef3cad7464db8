"""HTTP -> answers about the platform itself: health, docs, /metrics, keys, audit, and paths that nobody takes."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Header, Request
from fastapi.responses import Response

from inframind import __version__, wiring
from inframind.errors import Fault, MethodNotAllowed, NotFound, Unavailable
from inframind.http import access
from inframind.http.app import answer, create_app, lambda_handler, needs, refusals
from inframind.http.heads import without_body_for_head
from inframind.http.paging import Cursor, Limit
from inframind.http.platform import docs
from inframind.http.platform.docs_pages import docs_routes
from inframind.http.platform.exposition import exposition
from inframind.platform import changes, wire
from inframind.ports.platform import Dependency
from inframind.records import AccessKey, Role
from inframind.settings import settings

CHECKS_AT_ONCE = 5  # readiness has to answer before the prober gives up

app = create_app("platform")
app.include_router(docs_routes())
handler = without_body_for_head(lambda_handler(app, "platform"))

HEALTH: Any = {
    "summary": "Whether the platform answers",
    "description": "Open, and asks nothing of anything else: for liveness probes.",
    "tags": ["platform"],
}
Admin = Annotated[AccessKey, needs(Role.ADMIN)]
IdempotencyKey = Annotated[
    str | None,
    Header(description="Sent again by the same caller, it makes no second key: 409 names the first.", max_length=255),
]


@app.get(
    "/",
    operation_id="about",
    summary="Name, version and where to go on",
    description="Open. The links are paths on this host.",
    tags=["platform"],
)
async def about() -> wire.About:
    links = {"docs": "/docs", "openapi": "/openapi.json", "health": "/api/v1/health", "metrics": "/metrics"}
    return wire.About(name=settings().app_name, version=__version__, links=links)


@app.get("/health", operation_id="health_alias", **HEALTH)
@app.get("/api/v1/health", operation_id="health", **HEALTH)
async def health() -> wire.Health:
    return wire.Health(status="healthy", service=settings().app_name)


@app.get(
    "/api/v1/health/ready",
    operation_id="ready",
    summary="Whether everything the platform stands on answers",
    description="Open. Asks each queue, table, bucket and bus by one cheap call; 503 names the ones that fail.",
    tags=["platform"],
    responses={503: refusals()[503]},
)
async def ready() -> wire.Readiness:
    dependencies = wiring.dependencies()
    with ThreadPoolExecutor(CHECKS_AT_ONCE) as pool:
        faults = [fault for fault in pool.map(_fault, dependencies) if fault]
    if faults:
        names = ", ".join(fault.where for fault in faults)
        raise Unavailable(f"Not ready: {names}.", faults=faults)
    return wire.Readiness(status="ready", checked=[dependency.name for dependency in dependencies])


@app.get(
    "/metrics",
    operation_id="metrics",
    summary="The platform's own counters, for Prometheus",
    description="Prometheus text, or OpenMetrics when `Accept` asks for it. For role viewer, unless `METRICS_OPEN`.",
    tags=["platform"],
    response_class=Response,
    responses={200: {"content": {"text/plain": {"example": wire.METRICS}}}, **refusals()},
)
async def metrics(request: Request) -> Response:
    if not settings().metrics_open:
        access.gate().admit(request.headers, Role.VIEWER)
    body, content_type = exposition(wiring.counters().read(), request.headers.get("accept", ""))
    return Response(body, headers={"content-type": content_type})


@app.post(
    "/api/v1/auth/keys",
    operation_id="create_key",
    summary="Make an access key",
    description="The answer holds the token, once. An `Idempotency-Key` sent again is answered 409, naming the key it "
    "made: its token cannot be shown again, so rotate that key if the first answer was lost.",
    tags=["platform"],
    status_code=201,
    responses=refusals(409, 422),
)
async def create_key(
    order: wire.KeyOrder, caller: Admin, response: Response, idempotency_key: IdempotencyKey = None
) -> wire.KeyMade:
    now = datetime.now(UTC)
    key, token, change = changes.create(order.order(idempotency_key), caller, now)
    wiring.key_store().change(change)
    response.headers["location"] = f"/api/v1/auth/keys/{key.id}"
    return wire.KeyMade.with_token(key, token, now)


@app.get(
    "/api/v1/auth/keys",
    operation_id="list_keys",
    summary="List access keys",
    description="By id, a page at a time, ended ones included for 90 days. Secrets are never shown.",
    tags=["platform"],
    responses=refusals(422),
)
async def list_keys(_caller: Admin, limit: Limit = 100, cursor: Cursor = None) -> wire.KeyPage:
    now = datetime.now(UTC)
    page = wiring.key_store().list(limit, cursor)
    return wire.KeyPage(items=[wire.KeyView.of(key, now) for key in page.items], cursor=page.cursor)


@app.get(
    "/api/v1/auth/keys/{key_id}",
    operation_id="get_key",
    summary="One access key",
    description="Everything but its secret.",
    tags=["platform"],
    responses=refusals(404),
)
async def get_key(key_id: str, _caller: Admin) -> wire.KeyView:
    return wire.KeyView.of(_key(key_id), datetime.now(UTC))


@app.post(
    "/api/v1/auth/keys/{key_id}/rotate",
    operation_id="rotate_key",
    summary="Put a new key in the place of one",
    description="The new key has the old one's name, role and expiry, and a token, shown once. The old token works "
    "on for `grace_seconds` (an hour unless told; 0 ends it at once), and up to 30 s more where it is remembered. A "
    "key is rotated once (409 names the one in its place).",
    tags=["platform"],
    status_code=201,
    responses=refusals(404, 409, 422),
)
async def rotate_key(key_id: str, caller: Admin, rotation: wire.Rotation | None = None) -> wire.KeyMade:
    now = datetime.now(UTC)
    grace = timedelta(seconds=(rotation or wire.Rotation()).grace_seconds)
    key, token, change = changes.rotate(_key(key_id), grace, caller, now)
    wiring.key_store().change(change)
    return wire.KeyMade.with_token(key, token, now)


@app.delete(
    "/api/v1/auth/keys/{key_id}",
    operation_id="revoke_key",
    summary="Revoke an access key",
    description="Ends it at once; a function that remembers it may let it in for up to 30 s more. The caller's own key "
    "cannot be revoked (409): so there is always an admin key left.",
    tags=["platform"],
    status_code=204,
    response_class=Response,
    responses=refusals(404, 409),
)
async def revoke_key(key_id: str, caller: Admin) -> Response:
    change = changes.revoke(_key(key_id), caller, datetime.now(UTC))
    if change:
        wiring.key_store().change(change)
    return Response(status_code=204)


@app.get(
    "/api/v1/auth/whoami",
    operation_id="whoami",
    summary="The key you are calling with",
    description="For any valid key, whatever its role.",
    tags=["platform"],
    responses=refusals(),
)
async def whoami(caller: Annotated[AccessKey, needs(None)]) -> wire.KeyView:
    return wire.KeyView.of(caller, datetime.now(UTC))


@app.get(
    "/api/v1/audit",
    operation_id="audit",
    summary="Who changed which key, channel, escalation, silence or call between services, and when",
    description="Newest first, a page at a time, kept for 400 days. The actor is the key that made the change. All but "
    "changes of keys are recorded before they are made, so one that failed may be among them.",
    tags=["platform"],
    responses=refusals(422),
)
async def audit(_caller: Admin, limit: Limit = 100, cursor: Cursor = None) -> wire.AuditPage:
    page = wiring.key_store().audit(limit, cursor)
    return wire.AuditPage(items=list(page.items), cursor=page.cursor)


# Uptime monitors ask for the head alone.
HEADS: dict[str, Callable[..., Any]] = {
    "/": about,
    "/health": health,
    "/api/v1/health": health,
    "/api/v1/health/ready": ready,
    "/metrics": metrics,
}
for _path, _route in HEADS.items():
    app.head(_path, include_in_schema=False)(_route)


@app.exception_handler(404)
@app.exception_handler(405)
async def _nobody_takes(request: Request, _error: Exception) -> Response:
    path = request.url.path
    allowed = ", ".join(sorted(docs.methods_at(path)))
    if not allowed:
        return answer(NotFound(f"There is nothing at {path}. GET /docs lists every path."))
    return answer(MethodNotAllowed(f"{path} takes {allowed}, not {request.method}."), {"allow": allowed})


def _key(key_id: str) -> AccessKey:
    key = wiring.key_store().get(key_id)
    if key is None:
        raise NotFound(f"There is no key {key_id}.")
    return key


def _fault(dependency: Dependency) -> Fault | None:
    try:
        dependency.check()
    except Unavailable as failed:
        return Fault(dependency.name, failed.detail)
    return None
