"""The FastAPI application of a capability, with InfraMind's errors and access, as a Lambda handler."""

import json
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from mangum import Mangum
from starlette.exceptions import HTTPException

from inframind import entry
from inframind.errors import Fault, InframindError, Malformed, NotFound, Rejected, Unavailable, faulty
from inframind.http import problem
from inframind.http.access import gate
from inframind.http.counting import MATCHED, counted
from inframind.identity import VISIBLE
from inframind.names import UNSEEN, hidden_in
from inframind.records import AccessKey, Role

logging.getLogger("mangum.http").disabled = True  # a bug is logged once, by the application
SURROGATE = b"\\ud"  # how JSON begins to spell one
NO_BODY = "is missing: send a JSON object, with the header Content-Type: application/json"
NO_OBJECT = "is not a JSON object; if you sent one, the header Content-Type: application/json is missing"
NO_TIME = "is RFC 3339 (2026-01-11T10:30:00Z), epoch seconds or epoch milliseconds"
IN_PLAIN_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is no field here",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
}
"""What the framework says in the words of Python, by the kind of fault."""
SHOULD = re.compile(r"^\w+ should ")
PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"where": {"type": "string"}, "what": {"type": "string"}},
            },
        },
    },
}


def create_app(word: str) -> FastAPI:
    """An application whose every error is a problem document.

    Routes are `async def`: a function instance serves one request at a time, and a thread per call costs 140 us.
    """
    app = FastAPI(
        title=f"InfraMind {word}", openapi_url=None, docs_url=None, redoc_url=None, dependencies=[Depends(_text_alone)]
    )
    app.state.log = entry.logger(word)
    app.add_exception_handler(InframindError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _bug)
    return app


def needs(role: Role | None) -> Any:
    """The dependency that admits only keys reaching `role` (None: any key); yields the caller's key.

    `access_role` marks it, for the OpenAPI document and for the test of all routes.
    """

    async def admit(request: Request) -> AccessKey:
        return gate().admit(request.headers, role)

    admit.access_role = role  # type: ignore[attr-defined]
    return Depends(admit)


def refusals(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: the problem documents it may answer with, for OpenAPI."""
    described = {400: "Malformed", 401: "No valid key", 403: "Role too small", 404: "Not found"}
    described |= {409: "Conflict", 413: "Body too large", 415: "Wrong content type", 422: "Not valid"}
    described |= {503: "Temporarily unavailable; see Retry-After"}
    content = {problem.CONTENT_TYPE: {"schema": PROBLEM_SCHEMA}}
    return {code: {"description": described[code], "content": content} for code in (401, 403, *statuses, 503)}


def lambda_handler(app: FastAPI, word: str) -> Callable[[entry.Event, Any], entry.Event]:
    """`app` as the handler of an HTTP API function, every request counted."""
    return counted(word, Mangum(_noting_route(app), lifespan="off"))


def _noting_route(app: FastAPI) -> Any:
    """`app`, which leaves the template of the path it matched in the event: the label under which it is counted."""

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        finally:
            if "route" in scope:
                scope["aws.event"][MATCHED] = scope["route"].path.replace(":path}", "}")

    return noting


def answer(error: Rejected | Unavailable, extra: Mapping[str, str] | None = None) -> Response:
    """The problem document of an error as a response."""
    headers = problem.headers(error) | dict(extra or {})
    return Response(problem.text(error), problem.status(error), headers)


async def _text_alone(request: Request) -> None:
    """Refuses lone surrogates: JSON can spell them, but no text can hold them that is kept or answered."""
    if SURROGATE not in (await request.body()).lower():
        return
    try:
        said = await request.json()
    except (ValueError, RecursionError):
        return  # no JSON: the route refuses it, if it takes a body at all
    try:
        json.dumps(said, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Malformed("The JSON spells half a character: a surrogate without its other half.") from error
    except RecursionError as error:
        raise _unreadable(error) from error


async def _known(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Rejected | Unavailable)
    return answer(error)


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return answer(faulty("The request", [_fault(one) for one in error.errors()]))


def _fault(found: Mapping[str, Any]) -> Fault:
    if found["type"] == "json_invalid":
        return Fault("body", f"is not JSON: {found['ctx']['error']} at character {found['loc'][-1]}")
    return Fault(UNSEEN.sub("\ufffd", ".".join(map(str, found["loc"]))), _what(found))


def _what(found: Mapping[str, Any]) -> str:
    """The framework's own words, but for those that tell a caller nothing."""
    kind: str = found["type"]
    if found["loc"] == ("body",):
        if kind == "missing":
            return NO_BODY
        if kind in ("model_attributes_type", "dict_type"):
            return NO_OBJECT
    if kind in ("datetime_parsing", "datetime_from_date_parsing", "datetime_type"):
        return NO_TIME
    if kind == "value_error":
        return str(found["ctx"]["error"])
    if kind == "string_pattern_mismatch" and found["ctx"]["pattern"] == VISIBLE:
        return hidden_in(found["input"])
    return IN_PLAIN_WORDS.get(kind) or SHOULD.sub("must ", str(found["msg"]))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return answer(NotFound(f"There is nothing at {request.url.path}. GET /docs lists every path."))
    if error.status_code == 400 and error.__cause__ is not None:
        return answer(_unreadable(error.__cause__))
    refused = Rejected(str(error.detail))
    refused.status, refused.title = error.status_code, str(error.detail)
    return answer(refused, error.headers)


def _unreadable(cause: BaseException) -> Malformed:
    """What to say of a body that is JSON to nobody, for reasons other than its grammar."""
    if isinstance(cause, RecursionError):
        return Malformed("The body cannot be read: it is nested too deeply.")
    if isinstance(cause, UnicodeDecodeError):
        return Malformed("The body cannot be read: it is not UTF-8.")
    return Malformed("The body cannot be read: it holds a number of too many digits.")


async def _bug(request: Request, error: Exception) -> Response:
    request.app.state.log.error("request failed", exc_info=error, path=request.url.path)
    failed = Unavailable("An unexpected error occurred; it has been logged.")
    document = problem.body(failed) | {"status": 500, "title": "Internal error"}
    return Response(json.dumps(document), 500, media_type=problem.CONTENT_TYPE)
