"""Merges every function's application into one OpenAPI 3.1 document, which the platform serves at /openapi.json.

`python -m infra.build.openapi` writes it; a test fails while the written one is stale.
"""

import importlib.util
import json
import re
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import RouteContext, iter_route_contexts

from inframind import __version__
from inframind.errors import (
    Conflict,
    Forbidden,
    Malformed,
    NotFound,
    Rejected,
    TooLarge,
    Unauthenticated,
    UnsupportedType,
)
from inframind.http.app import PROBLEM_SCHEMA
from inframind.http.platform.docs import DOCUMENT
from inframind.http.problem import CONTENT_TYPE

ROOT = Path(__file__).parents[2]
PROBLEM = {"$ref": "#/components/schemas/Problem"}
GENERATED = {"$ref": "#/components/schemas/HTTPValidationError"}  # FastAPI's own form of errors, which nobody answers
REFUSED = {
    400: (Malformed.title, "The body is not JSON: Expecting value: line 1 column 1 (char 0)."),
    401: (Unauthenticated.title, "Send a key as 'Authorization: Bearer <key>', 'X-API-Key' or 'X-IM-Token'."),
    403: (Forbidden.title, "Key 0123456789ab has role 'ingest'; this path needs 'viewer'."),
    404: (NotFound.title, "There is nothing by this name."),
    409: (
        Conflict.title,
        "There is a key 0123456789ab already. Its token was shown once; rotate it to have a new one.",
    ),
    413: (
        TooLarge.title,
        "The body is over the limit of 6000000 bytes (about 4.5 MB of binary). Send smaller batches.",
    ),
    415: (UnsupportedType.title, "Content-Encoding br is not taken here; send gzip or none."),
    422: (Rejected.title, "The request has 1 fault, named in errors."),
    503: ("Temporarily unavailable", "The series table could not be reached: ConnectTimeoutError."),
}
"""What a refusal reads like, by status."""
NOT_SNAPPY = "The body is not a snappy block, or it was cut off."
OVERVIEW = """Send the metrics and logs you already have (Prometheus remote write, OTLP, JSON), alerts,
deployments and CI builds.
Every series is scored, what belongs together becomes one incident, and the next build is told what to run with.

Keys: `Authorization: Bearer <key>`, `X-API-Key` or `X-IM-Token`; the role a path needs stands in its description.
Errors are RFC 9457 problem documents. 503 always carries `Retry-After`: wait and send the same again.
Bodies: at most 6 MB at the function, about 4.5 MB for binary ones, which arrive base64-coded.
"""
SAID = re.compile(r"\s*For (role \w+|any role)\.")
"""What a route's own words say of its role: the line that is made of what it checks says the same."""
TAGS = {
    "ingestion": "Takes telemetry in.",
    "series": "Reads time series back.",
    "detection": "Scores samples and explains anomalies.",
    "risk": "Says how likely a breach is, and why.",
    "incidents": "Makes one incident of what belongs together, and says what probably caused it.",
    "optimization": "Knows what builds took, and says what the next one should run with.",
    "notification": "Tells people, once, where they are.",
    "topology": "Knows who depends on whom.",
    "platform": "Health, counters, access keys, audit.",
}
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "api-key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "im-token": {"type": "apiKey", "in": "header", "name": "X-IM-Token"},
}


def applications(root: Path = ROOT) -> dict[str, FastAPI]:
    """Every function's application by its word; the door of telemetry describes itself in a contract of its own."""
    paths = {path.parent.name: path for path in sorted((root / "functions").glob("*/api.py"))}
    paths |= {path.parent.name: path for path in sorted((root / "functions").glob("*/contract.py"))}
    return {word: _application(word, path) for word, path in sorted(paths.items())}


def merged(apps: dict[str, FastAPI]) -> dict[str, Any]:
    """One document of all applications. Raises `ValueError` where two of them describe the same thing differently."""
    document = get_openapi(title="InfraMind", version=__version__, description=OVERVIEW, routes=[])
    parts: dict[str, Any] = {"schemas": {"Problem": PROBLEM_SCHEMA}}
    for app in apps.values():
        part = described(app)
        for path, operations in part["paths"].items():
            _join(document["paths"].setdefault(path, {}), operations, path)
        _join(parts["schemas"], part.get("components", {}).get("schemas", {}), "components")
    for unused in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(unused, None)
    used = {tag for path in document["paths"].values() for operation in path.values() for tag in operation["tags"]}
    return document | {
        "servers": [{"url": "/", "description": "This deployment"}],
        "tags": [{"name": tag, "description": TAGS.get(tag, tag)} for tag in sorted(used, key=_reading_order)],
        "paths": dict(sorted(document["paths"].items(), key=lambda one: _reading_place(one[0]))),
        "components": {"schemas": dict(sorted(parts["schemas"].items())), "securitySchemes": SCHEMES},
    }


def _reading_place(path: str) -> tuple[bool, str]:
    """By name, but the canonical paths before those that are the same under another name.

    >>> sorted(["/api/alerts", "/api/v1/alerts"], key=_reading_place)
    ['/api/v1/alerts', '/api/alerts']
    """
    return not path.startswith("/api/v1/"), path


def described(app: FastAPI) -> dict[str, Any]:
    """One application's document: its operations name who may call them, its errors are problem documents."""
    part = get_openapi(title=app.title, version=__version__, routes=app.routes)
    for route in api_routes(app):
        for method in (route.methods or ()) if route.include_in_schema else ():
            operation = part["paths"][str(route.path_format)][method.lower()]
            _secure(operation, route)
            _problems(operation)
    return part


def api_routes(app: FastAPI) -> list[RouteContext]:
    """The routes of the application and of the routers it includes."""
    return list(iter_route_contexts(app.routes))


def access_roles(route: RouteContext) -> list[str]:
    """The roles that the route's dependencies ask for ("any" for any key); empty for an open route."""
    calls: list[Any] = [dependency.call for dependency in route.dependant.dependencies]
    return [call.access_role or "any" for call in calls if hasattr(call, "access_role")]


def _application(word: str, path: Path) -> FastAPI:
    name = f"functions_{word}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(path.parent))  # as in Lambda: a function's own folder comes first
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
    app: FastAPI = module.app
    return app


def _reading_order(tag: str) -> tuple[int, str]:
    return (list(TAGS).index(tag) if tag in TAGS else len(TAGS), tag)


def _secure(operation: dict[str, Any], route: RouteContext) -> None:
    for role in access_roles(route):
        operation["security"] = [{name: []} for name in SCHEMES]
        needed = "any key" if role == "any" else f"role `{role}`"
        said = SAID.sub("", operation.get("description", ""))
        operation["description"] = f"{said}\n\nNeeds {needed}.".strip()


def _problems(operation: dict[str, Any]) -> None:
    for status, response in operation["responses"].items():
        content = response.get("content", {})
        generated = content.get("application/json", {}).get("schema") == GENERATED
        if status >= "400" and (generated or CONTENT_TYPE in content):
            response["content"] = {CONTENT_TYPE: {"schema": PROBLEM, "example": _example(int(status))}}
            if status == "400" and "application/json" not in operation["requestBody"]["content"]:
                response["content"][CONTENT_TYPE]["example"]["detail"] = NOT_SNAPPY


def _example(status: int) -> dict[str, Any]:
    title, detail = REFUSED[status]
    faults = [{"where": "query.limit", "what": "must be less than or equal to 500"}] if status == 422 else []
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, "errors": faults}


def _join(into: dict[str, Any], more: dict[str, Any], where: str) -> None:
    for name, value in more.items():
        if into.setdefault(name, value) != value:
            raise ValueError(f"two functions describe {where} {name} differently")


def text() -> str:
    """The document as it is written."""
    return json.dumps(merged(applications()), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(text())
    print(f"wrote {DOCUMENT.relative_to(ROOT)}")
