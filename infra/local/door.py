"""The front door: plain paths on PORT become calls of the deployed HTTP API, and nothing else of the engine shows.

An ASGI application around the engine's. It prefixes the path, inflates what the engine would spoil, bounds the body,
and turns every failure of the machinery into 503 with Retry-After, so that senders keep their data and try again.
"""

import ipaddress
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

from infra.local.inflate import TooLarge, inflate, would_be_spoiled
from infra.local.problems import Message, failed, not_inflatable, starting, too_large

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# API Gateway's own limit for an HTTP API.
BODY_LIMIT = 10 * 2**20
# A client that is answered while it still sends may never read the answer: so much is read only to be dropped.
DRAIN_LIMIT = 64 * 2**20
# How the engine says that a function crashed, timed out, or was throttled; a function never answers these itself.
MACHINERY = frozenset({429, 500, 502, 504})
# Headers that steer the engine instead of the function.
ENGINE_HEADERS = (b"x-amz-", b"x-ministack-", b"x-localstack-")
TEXT_OF_FAILURE = 2000


class Disconnected(Exception):
    """The client went away before its body was complete."""


class FrontDoor:
    """Closed (503) until `open_to` names the deployed API."""

    def __init__(self, engine: Application, port: int, report: Callable[[str, str, bytes], None]) -> None:
        self.engine = engine
        self.port = port
        self.report = report
        self.prefix = ""

    def open_to(self, api_id: str) -> None:
        self.prefix = f"/_aws/execute-api/{api_id}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await refuse_socket(receive, send)
            return
        try:
            answer = await self.forward(scope, receive, send)
        except Disconnected:
            return
        if answer is not None:
            for message in answer:
                await send(message)

    async def forward(self, scope: Scope, receive: Receive, send: Send) -> tuple[Message, Message] | None:
        """Pass the request on; or say what to answer instead."""
        if not self.prefix:
            return starting()
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            body = await read(receive)
        except TooLarge:
            return too_large(BODY_LIMIT, "The body")
        inflated = would_be_spoiled(headers.get(b"content-type", ""), headers.get(b"content-encoding", ""))
        if inflated:
            try:
                body = inflate(body, BODY_LIMIT)
            except TooLarge:
                return too_large(BODY_LIMIT, "The inflated body")
            except zlib.error as error:
                return not_inflatable(str(error))
        inner = self.inner_scope(scope, body, inflated)
        watched = Watched(send)
        await self.engine(inner, replay(body, receive), watched)
        if watched.failure is None:
            return None
        self.report(scope["method"], scope["path"], watched.failure)
        return failed()

    def inner_scope(self, scope: Scope, body: bytes, inflated: bool) -> Scope:
        dropped = {b"host", b"content-length", b"transfer-encoding"} | ({b"content-encoding"} if inflated else set())
        headers = [
            (name, value)
            for name, value in scope["headers"]
            if name.lower() not in dropped and not name.lower().startswith(ENGINE_HEADERS)
        ]
        headers.append((b"host", plain_host(scope["headers"], self.port)))
        if body:
            headers.append((b"content-length", str(len(body)).encode()))
        raw = scope.get("raw_path") or scope["path"].encode()
        return {
            **scope,
            "headers": headers,
            "path": self.prefix + scope["path"],
            "raw_path": self.prefix.encode() + raw,
        }


class Watched:
    """Sends an answer on, unless it is the machinery's way of saying that a function failed: then keeps its text."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.failure: bytes | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and is_failure(message):
            self.failure = b""
        elif self.failure is None:
            await self.send(message)
        else:
            self.failure = (self.failure + message.get("body", b""))[:TEXT_OF_FAILURE]


def is_failure(start: Message) -> bool:
    if start["status"] not in MACHINERY:
        return False
    kinds = [value for name, value in start["headers"] if name.lower() == b"content-type"]
    return not (kinds and kinds[0].startswith(b"application/problem+json"))


def plain_host(headers: list[tuple[bytes, bytes]], port: int) -> bytes:
    """The Host header when it names an address or localhost; the engine routes other names to its own services."""
    given = next((value for name, value in headers if name.lower() == b"host"), b"").decode("latin-1")
    name = given.rsplit(":", 1)[0]
    if name == "localhost":
        return given.encode()
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return f"127.0.0.1:{port}".encode()
    return given.encode()


async def read(receive: Receive) -> bytes:
    """The whole body; raises `TooLarge` past the limit, once the client is able to hear it."""
    chunks: list[bytes] = []
    size, more = 0, True
    while more and size <= DRAIN_LIMIT:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= BODY_LIMIT:
            chunks.append(chunk)
        more = message.get("more_body", False)
    if size > BODY_LIMIT:
        raise TooLarge
    return b"".join(chunks)


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the whole body once, then what really happens next."""
    pending = [body]

    async def again() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return again


async def refuse_socket(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": 1008})
