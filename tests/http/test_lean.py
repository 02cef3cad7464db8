"""The door without a framework, with a route that tells what reached it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from inframind import wiring
from inframind.errors import Rejected, Unavailable
from inframind.http.lean import BODY_LIMIT, Door, Request, Response, Route
from inframind.platform.keys import keep
from inframind.records import Role
from tests.conftest import Account
from tests.http_events import ask, event

KEY = "a-key-for-the-door"


def raising(error: Exception) -> Callable[[Request], Response]:
    def answer(_: Request) -> Response:
        raise error

    return answer


@pytest.fixture
def door(aws: Account) -> Door:
    wiring.key_store().put(keep(KEY, "test", Role.INGEST, datetime.now(UTC)))
    routes = {
        "/echo": lambda request: Response(200, {"x-type": request.header("content-type")}, request.body),
        "/refused": raising(Rejected("no")),
        "/busy": raising(Unavailable("later", 7)),
        "/bug": raising(ZeroDivisionError()),
    }
    return Door("test", {path: Route(Role.INGEST, answer) for path, answer in routes.items()})


def post(path: str, **changes: Any) -> dict[str, Any]:
    return event("POST", path, key=KEY) | changes


def test_text_arrives_as_its_bytes_and_header_names_in_lower_case(door: Door) -> None:
    request = post("/echo", body="é")
    request["headers"] = {"X-API-Key": KEY, "Content-Type": " Text/Plain "}
    answer = ask(door, request)
    assert (answer.status, answer.body, answer.headers["x-type"]) == (200, "é".encode(), "text/plain")


def test_binary_arrives_and_leaves_as_its_bytes(door: Door) -> None:
    assert ask(door, post("/echo", body="/wA=", isBase64Encoded=True)).body == b"\xff\0"


def test_a_request_without_body_has_an_empty_one(door: Door) -> None:
    assert ask(door, post("/echo")).body == b""


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (post("/echo", body="a", isBase64Encoded=True), 400),
        (post("/echo", body="x" * (BODY_LIMIT + 1)), 413),
        (post("/refused"), 422),
        (post("/busy"), 503),
        (post("/bug"), 503),
        (post("/nowhere"), 404),
        (event("GET", "/echo", key=KEY), 405),
        (event("POST", "/echo"), 401),
    ],
)
def test_every_failure_is_a_problem_document(door: Door, request_: dict[str, Any], status: int) -> None:
    answer = ask(door, request_)
    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert json.loads(answer.body)["status"] == status
    assert ("retry-after" in answer.headers) == (status == 503)


def test_the_largest_body_is_taken(door: Door) -> None:
    assert len(ask(door, post("/echo", body="x" * BODY_LIMIT)).body) == BODY_LIMIT


def test_a_lone_surrogate_from_the_gateway_does_no_harm(door: Door) -> None:
    assert ask(door, post("/echo", body="a\ud800b")).body == b"a?b"
