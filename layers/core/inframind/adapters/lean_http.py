"""One kept-alive HTTP/1.1 connection to an AWS endpoint, on a bare socket.

The standard library's client parses headers as mail and takes longer to import and to run than everything else here.
"""

import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import BinaryIO
from urllib.parse import urlsplit

from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, HTTPClientError, ReadTimeoutError

CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 5.0  # three of these and their pauses fit into the 29 s that API Gateway waits
IDLE_LIMIT_S = 15.0  # a connection that rested longer, as between two invocations, may be gone without notice
LINE_LIMIT = 65_536


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class CutOff(OSError):
    """The answer ended before it was whole, or is no HTTP."""


class ConnectTimedOut(OSError):
    """Nobody answered the call to connect."""


class Connection:
    """Posts to the root of an endpoint, over the same connection as long as it lasts."""

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        self._endpoint = endpoint
        self._is_tls = parts.scheme == "https"
        self._address = parts.hostname or "", parts.port or (443 if self._is_tls else 80)
        self._socket: socket.socket | None = None
        self._used_at = 0.0
        self.host = parts.netloc

    def post(self, headers: Mapping[str, str], body: bytes, *, raises: bool) -> Reply | None:
        """The answer; without one, None, or with `raises` botocore's error for the reason."""
        try:
            return self._exchange(headers, body)
        except OSError as error:
            self._close()
            if raises:
                raise self._translated(error) from error
            return None

    def _exchange(self, headers: Mapping[str, str], body: bytes) -> Reply:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connected = self._open()
        connected.sendall(f"POST / HTTP/1.1\r\n{lines}content-length: {len(body)}\r\n\r\n".encode() + body)
        with connected.makefile("rb") as stream:
            reply = _reply(stream)
        self._used_at = time.monotonic()
        if reply.headers.get("connection", "").lower() == "close":
            self._close()
        return reply

    def _open(self) -> socket.socket:
        if self._socket is not None and time.monotonic() - self._used_at > IDLE_LIMIT_S:
            self._close()
        if self._socket is None:
            self._socket = self._connected()
        return self._socket

    def _connected(self) -> socket.socket:
        try:
            connected = socket.create_connection(self._address, CONNECT_TIMEOUT_S)
            if self._is_tls:
                connected = _tls().wrap_socket(connected, server_hostname=self._address[0])
        except TimeoutError as error:
            raise ConnectTimedOut from error
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.settimeout(READ_TIMEOUT_S)
        return connected

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _translated(self, error: OSError) -> HTTPClientError | EndpointConnectionError:
        if isinstance(error, ConnectTimedOut):
            return ConnectTimeoutError(endpoint_url=self._endpoint)
        if isinstance(error, TimeoutError):
            return ReadTimeoutError(endpoint_url=self._endpoint)
        return EndpointConnectionError(endpoint_url=self._endpoint)


def _reply(stream: BinaryIO) -> Reply:
    version, _, rest = _line(stream).partition(" ")
    status = rest[:3]
    if not version.startswith("HTTP/1.") or not status.isdigit():
        raise CutOff("this is no HTTP/1.1")
    headers = {}
    while line := _line(stream):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Reply(int(status), headers, _body(stream, headers))


def _body(stream: BinaryIO, headers: Mapping[str, str]) -> bytes:
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return _chunks(stream)
    length = headers.get("content-length", "")
    if not length.isdigit():
        raise CutOff("the answer does not say how long it is")
    return _exactly(stream, int(length))


def _chunks(stream: BinaryIO) -> bytes:
    parts = []
    while size := _size(_line(stream)):
        parts.append(_exactly(stream, size))
        _line(stream)
    while _line(stream):  # trailers
        pass
    return b"".join(parts)


def _size(line: str) -> int:
    try:
        return int(line.partition(";")[0], 16)
    except ValueError as error:
        raise CutOff("a chunk has no size") from error


def _exactly(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise CutOff(f"{len(data)} of {length} bytes came")
    return data


def _line(stream: BinaryIO) -> str:
    raw = stream.readline(LINE_LIMIT)
    if not raw.endswith(b"\n"):
        raise CutOff("the answer ended early")
    return raw.rstrip(b"\r\n").decode("latin-1")


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
