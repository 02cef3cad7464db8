"""HTTP without a framework, for the door of telemetry, where imports and microseconds are money.

A route says which role it needs and how it speaks of errors; the door itself checks the role, so that no route can
forget it. Every failure that a sender could mend by waiting is 503 with Retry-After, a bug included: senders drop
their data on 500 and on 429.
"""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from inframind import entry, wiring
from inframind.errors import Malformed, MethodNotAllowed, NotFound, Rejected, TooLarge, Unavailable
from inframind.http import problem
from inframind.http.access import gate
from inframind.http.counting import request_counts
from inframind.ports.paging import CounterKey
from inframind.records import Role

BODY_LIMIT = 6_000_000  # Lambda takes events of 6 MB; base64 leaves about 4.5 MB of them to a binary body
RETRY_AFTER_BUG_S = 30  # a bug may be mended by a deployment; asking every second helps nobody

Headers = Mapping[str, str]
Refused = Rejected | Unavailable


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: lower-case header names, the body as bytes, still compressed."""

    method: str
    path: str
    headers: Headers
    body: bytes
    sender: str = ""  # the id of the access key

    def header(self, name: str) -> str:
        """A header's value, lower case and without blanks around it; empty if absent."""
        return self.headers.get(name, "").strip().lower()


@dataclass(frozen=True, slots=True)
class Response:
    """An answer, and what it adds to the counters."""

    status: int
    headers: Headers = field(default_factory=dict)
    body: bytes = b""
    counts: Mapping[CounterKey, float] = field(default_factory=dict)


def refusal(_headers: Headers, error: Refused) -> Response:
    """An error as problem details."""
    status = problem.status(error)
    allowed = {"allow": "POST"} if status == MethodNotAllowed.status else {}
    return Response(status, problem.headers(error) | allowed, problem.text(error).encode())


@dataclass(frozen=True, slots=True)
class Route:
    """What answers a path: the role it needs, the work, and the form of its errors."""

    role: Role
    answer: Callable[[Request], Response]
    refuse: Callable[[Headers, Refused], Response] = refusal


class Door:
    """The handler of an HTTP API function: every route is POST, and passes the gate first."""

    def __init__(self, word: str, routes: Mapping[str, Route]) -> None:
        self.routes = routes
        self._log = entry.logger(word)

    def __call__(self, event: entry.Event, _context: Any) -> entry.Event:
        """API Gateway's event in, its answer out."""
        started = perf_counter()
        route = self.routes.get(event["rawPath"])
        outcome = entry.attempt(lambda: _answered(route, event))
        response = outcome if isinstance(outcome, Response) else self._refused(route, event, outcome)
        self._count(event, response, perf_counter() - started)
        return _as_event(response)

    def _refused(self, route: Route | None, event: entry.Event, error: Exception | entry.Bug) -> Response:
        refuse = route.refuse if route else refusal
        if isinstance(error, entry.Bug):
            self._log.error("request failed", exc_info=error.cause, path=event["rawPath"])
            return refuse(
                _headers(event), Unavailable("An unexpected error occurred; it is logged.", RETRY_AFTER_BUG_S)
            )
        assert isinstance(error, Rejected | Unavailable)
        if isinstance(error, Unavailable):
            self._log.warning("request not taken", reason=error.detail, path=event["rawPath"])
        return refuse(_headers(event), error)

    def _count(self, event: entry.Event, response: Response, seconds: float) -> None:
        self._log.debug("request answered", path=event["rawPath"], status=response.status, ms=round(1e3 * seconds, 1))
        counts = request_counts(event, response.status, seconds) | dict(response.counts)
        failed = entry.attempt(lambda: wiring.counters().add(counts))
        if isinstance(failed, entry.Bug):
            self._log.error("request not counted", exc_info=failed.cause)
        elif failed is not None:
            self._log.warning("request not counted", reason=str(failed))


def _answered(route: Route | None, event: entry.Event) -> Response:
    method = event["requestContext"]["http"]["method"]
    if route is None:
        raise NotFound(f"There is nothing at {event['rawPath']}. GET /docs lists every path.")
    if method != "POST":
        raise MethodNotAllowed("This path takes POST.")
    key = gate().admit(_headers(event), route.role)
    return route.answer(Request(method, event["rawPath"], _headers(event), _body(event), key.id))


def _headers(event: entry.Event) -> Headers:
    return {name.lower(): value for name, value in event.get("headers", {}).items()}


def _body(event: entry.Event) -> bytes:
    text = event.get("body") or ""
    if len(text) > BODY_LIMIT:
        raise TooLarge(
            f"The body is over the limit of {BODY_LIMIT} bytes (about 4.5 MB of binary). Send smaller batches."
        )
    if event.get("isBase64Encoded"):
        try:
            return b64decode(text)
        except (NotBase64, ValueError) as error:
            raise Malformed("The body is not base64, though the gateway says so.") from error
    if _headers(event).get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise Malformed(
            "The body was compressed, and the gateway took it for text, which destroyed it. Send Content-Type "
            "application/x-protobuf, or leave Content-Encoding out."
        )
    return text.encode(errors="replace")


def _as_event(response: Response) -> entry.Event:
    headers = dict(response.headers)
    try:
        return {
            "statusCode": response.status,
            "headers": headers,
            "body": response.body.decode(),
            "isBase64Encoded": False,
        }
    except UnicodeDecodeError:
        body = b64encode(response.body).decode()
        return {"statusCode": response.status, "headers": headers, "body": body, "isBase64Encoded": True}
