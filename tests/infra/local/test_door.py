import asyncio
import gzip
import json
from typing import Any

import pytest

from infra.local.door import BODY_LIMIT, FrontDoor, plain_host

Pair = tuple[bytes, bytes]


class Engine:
    """An ASGI application that answers what it is told to, and keeps the last request."""

    def __init__(self, status: int = 200, kind: bytes = b"application/json", body: bytes = b"{}") -> None:
        self.status, self.kind, self.body = status, kind, body
        self.path = ""
        self.received = b""
        self.headers: dict[bytes, bytes] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.path, self.headers = scope["path"], dict(scope["headers"])
        self.received = (await receive())["body"]
        await send({"type": "http.response.start", "status": self.status, "headers": [(b"Content-Type", self.kind)]})
        await send({"type": "http.response.body", "body": self.body})


def through(engine: Engine, chunks: list[bytes], headers: list[Pair], is_open: bool = True) -> list[dict[str, Any]]:
    """The messages that come out of the door for one request."""
    sent: list[dict[str, Any]] = []
    door = FrontDoor(engine, 8080, lambda method, path, body: None)
    if is_open:
        door.open_to("abc")
    pending = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    pending.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> dict[str, Any]:
        return pending.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/p", "raw_path": b"/p", "headers": headers}
    asyncio.run(door(scope, receive, send))
    return sent


def test_before_the_deployment_every_path_is_503_with_retry_after() -> None:
    start, _ = through(Engine(), [], [], is_open=False)
    assert start["status"] == 503
    assert (b"retry-after", b"2") in start["headers"]


def test_the_path_is_prefixed_with_the_deployed_api() -> None:
    engine = Engine()
    through(engine, [b"a", b"b"], [])
    assert engine.path == "/_aws/execute-api/abc/p"
    assert engine.received == b"ab"
    assert engine.headers[b"content-length"] == b"2"


@pytest.mark.parametrize("status", [429, 500, 502, 504])
def test_the_machinerys_failures_become_503(status: int) -> None:
    start, body = through(Engine(status), [], [])
    assert start["status"] == 503
    assert json.loads(body["body"])["title"] == "Temporarily unavailable"


def test_a_body_without_announced_length_is_stopped_at_the_limit() -> None:
    start, _ = through(Engine(), [b"x" * 2**20] * 11, [])
    assert start["status"] == 413


def test_a_gzip_bomb_is_stopped_at_the_limit() -> None:
    bomb = gzip.compress(b"x" * (BODY_LIMIT + 1))
    start, _ = through(Engine(), [bomb], [(b"content-type", b"application/json"), (b"content-encoding", b"gzip")])
    assert start["status"] == 413


@pytest.mark.parametrize("body", [b"no gzip at all", gzip.compress(b"x" * 1000, mtime=0)[:-9]])
def test_a_body_that_is_no_whole_gzip_is_400_with_the_reason(body: bytes) -> None:
    answer = through(Engine(), [body], [(b"content-type", b"text/plain"), (b"content-encoding", b"gzip")])
    assert answer[0]["status"] == 400
    assert "cannot be inflated" in json.loads(answer[1]["body"])["detail"]


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "10.0.0.7"])
def test_plain_hosts_stay(host: str) -> None:
    assert plain_host([(b"Host", host.encode())], 8080) == host.encode()


@pytest.mark.parametrize("host", ["x.s3.localhost", "abc.execute-api.localhost:4566", "", "evil.test"])
def test_names_that_could_steer_the_engine_are_replaced(host: str) -> None:
    assert plain_host([(b"host", host.encode())], 8080) == b"127.0.0.1:8080"
