"""One kept-alive HTTP connection to an AWS endpoint."""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, HTTPClientError, ReadTimeoutError

CONNECT_TIMEOUT_S = 2.0
READ_TIMEOUT_S = 5.0  # three of these and their pauses fit into the 29 s that API Gateway waits
IDLE_LIMIT_S = 15.0  # a connection that rested longer, as between two invocations, may be gone without notice


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Connection:
    """Posts to the root of an endpoint, over the same connection as long as it lasts."""

    def __init__(self, endpoint: str) -> None:
        parts = urlsplit(endpoint)
        self._endpoint = endpoint
        self._is_tls = parts.scheme == "https"
        self._address = parts.hostname or "", parts.port or (443 if self._is_tls else 80)
        self._http: HTTPConnection | None = None
        self._used_at = 0.0
        self.host = parts.netloc

    def post(self, headers: Mapping[str, str], body: bytes, *, raises: bool) -> Reply | None:
        """The answer; without one, None, or with `raises` botocore's error for the reason."""
        try:
            return self._exchange(headers, body)
        except (OSError, HTTPException) as error:
            self._close()
            if raises:
                raise self._translated(error) from error
            return None

    def _exchange(self, headers: Mapping[str, str], body: bytes) -> Reply:
        http = self._open()
        http.request("POST", "/", body, dict(headers))
        response = http.getresponse()
        reply = Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        self._used_at = time.monotonic()
        return reply

    def _open(self) -> HTTPConnection:
        if self._http is not None and time.monotonic() - self._used_at > IDLE_LIMIT_S:
            self._close()
        if self._http is None:
            self._http = self._connected()
        return self._http

    def _connected(self) -> HTTPConnection:
        host, port = self._address
        http = (
            HTTPSConnection(host, port, timeout=CONNECT_TIMEOUT_S, context=_tls())
            if self._is_tls
            else HTTPConnection(host, port, timeout=CONNECT_TIMEOUT_S)
        )
        try:
            http.connect()
        except TimeoutError as error:
            raise ConnectTimedOut from error
        http.sock.settimeout(READ_TIMEOUT_S)
        return http

    def _close(self) -> None:
        if self._http is not None:
            self._http.close()
            self._http = None

    def _translated(self, error: Exception) -> HTTPClientError | EndpointConnectionError:
        if isinstance(error, ConnectTimedOut):
            return ConnectTimeoutError(endpoint_url=self._endpoint)
        if isinstance(error, TimeoutError):
            return ReadTimeoutError(endpoint_url=self._endpoint)
        return EndpointConnectionError(endpoint_url=self._endpoint)


class ConnectTimedOut(OSError):
    """Nobody answered the call to connect."""


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()
