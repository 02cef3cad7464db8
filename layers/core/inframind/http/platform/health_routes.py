"""The open routes that say what answers here, whether it is well, and what it has counted."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from inframind import __version__, wiring
from inframind.errors import Fault, Unavailable
from inframind.http import access
from inframind.http.app import refusals
from inframind.http.platform.exposition import exposition
from inframind.platform import wire
from inframind.ports.platform import Dependency
from inframind.records import Role
from inframind.settings import settings

CHECKS_AT_ONCE = 5  # readiness has to answer before the prober gives up
HEALTH: Any = {
    "summary": "Whether the platform answers",
    "description": "Open, and asks nothing of anything else: for liveness probes.",
}

router = APIRouter(tags=["platform"])


@router.get(
    "/",
    operation_id="about",
    summary="Name, version and where to go on",
    description="Open. The links are paths on this host.",
)
async def about() -> wire.About:
    links = {"docs": "/docs", "openapi": "/openapi.json", "health": "/api/v1/health", "metrics": "/metrics"}
    return wire.About(name=settings().app_name, version=__version__, links=links)


@router.get("/health", operation_id="health_alias", **HEALTH)
@router.get("/api/v1/health", operation_id="health", **HEALTH)
async def health() -> wire.Health:
    return wire.Health(status="healthy", service=settings().app_name)


@router.get(
    "/api/v1/health/ready",
    operation_id="ready",
    summary="Whether everything the platform stands on answers",
    description="Open. Asks each queue, table, bucket and bus by one cheap call; 503 names the ones that fail.",
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


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="The platform's own counters, for Prometheus",
    description="Prometheus text, or OpenMetrics when `Accept` asks for it. For role viewer, unless `METRICS_OPEN`.",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"example": wire.METRICS}}}, **refusals()},
)
async def metrics(request: Request) -> Response:
    if not settings().metrics_open:
        access.gate().admit(request.headers, Role.VIEWER)
    body, content_type = exposition(wiring.counters().read(), request.headers.get("accept", ""))
    return Response(body, headers={"content-type": content_type})


# Uptime monitors ask for the head alone.
HEADS: dict[str, Callable[..., Any]] = {
    "/": about,
    "/health": health,
    "/api/v1/health": health,
    "/api/v1/health/ready": ready,
    "/metrics": metrics,
}
for _path, _route in HEADS.items():
    router.head(_path, include_in_schema=False)(_route)


def _fault(dependency: Dependency) -> Fault | None:
    try:
        dependency.check()
    except Unavailable as failed:
        return Fault(dependency.name, failed.detail)
    return None
