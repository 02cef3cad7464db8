"""HTTP calls to addresses that a person configured: checked, pinned, bounded in time and size, never redirected.

Errors name the host alone: path, headers and body may be secret.
"""

import http.client
import random
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache

from inframind.adapters.outbound_addresses import Network, Resolve, Target, resolved, target
from inframind.errors import InframindError, Rejected, Unavailable
from inframind.notification.outgoing import Post

CONNECT_S = 3.0
CALL_S = 8.0  # from connecting to the last byte of the answer, however it drips
BUDGET_S = 15.0  # for all attempts: a batch has to be done within its function's time
ATTEMPTS = 3
FIRST_PAUSE_S = 0.5
ANSWER_LIMIT = 65_536
TRY_AGAIN = {408, 425, 429}
LONGEST_WAIT_S = 3_600


class Outbound:
    """The HTTP client. `allowed` names networks that are called though they are not of the open Internet.

    `plain`: in those networks over http as well, not only on this machine.
    """

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        resolve: Resolve = resolved,
        *,
        call_s: float = CALL_S,
        pause_s: float = FIRST_PAUSE_S,
        plain: bool = False,
    ) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._call_s = call_s
        self._pause_s = pause_s
        self._plain = plain

    def post(self, post: Post) -> bytes:
        """The body of the answer, if it is 2xx.

        Raises `Rejected` for what will be refused tomorrow as well, `Unavailable` for what may pass: time-outs, lost
        connections, 408, 425, 429 and 5xx, after three attempts that heed `Retry-After`.
        """
        where = target(post.url, self._allowed, self._resolve, plain=self._plain)
        deadline, pause = time.monotonic() + BUDGET_S, self._pause_s
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._once(where, post)
            except Unavailable as failed:
                wait = max(pause * random.uniform(0.5, 1.5), failed.retry_after_s)
                if attempt == ATTEMPTS or time.monotonic() + wait + self._call_s > deadline:
                    raise
            time.sleep(wait)
            pause *= 2
        raise AssertionError("the last attempt returns or raises")

    def _once(self, where: Target, post: Post) -> bytes:
        connection = _Pinned(where, self._call_s)
        watch = threading.Timer(self._call_s, connection.cut_off)
        watch.daemon = True
        watch.start()
        try:
            connection.request(
                "POST", where.path, post.body, post.headers | {"user-agent": "InfraMind", "accept": "*/*"}
            )
            answer = connection.getresponse()
            body = answer.read(ANSWER_LIMIT + 1)
        except (http.client.InvalidURL, ValueError) as error:  # a header or a path that cannot be sent
            raise Rejected(f"The address at {where.host} cannot be called.") from error
        except (OSError, http.client.HTTPException, AttributeError) as error:  # AttributeError: cut off by the watch
            raise Unavailable(f"{where.host} did not answer: {type(error).__name__}.", 0) from error
        finally:
            watch.cancel()
            connection.abort()
        if connection.was_cut_off or (answer.length and len(body) <= ANSWER_LIMIT):  # bytes that never came
            raise Unavailable(f"{where.host} did not answer: it broke off.", 0)
        refusal = _refusal(where.host, answer, len(body))
        if refusal:
            raise refusal
        return body


class _Pinned(http.client.HTTPConnection):
    """A connection to the address that was judged, asking for the name that was meant."""

    def __init__(self, where: Target, call_s: float) -> None:
        super().__init__(where.host, where.port, timeout=CONNECT_S)
        self._where = where
        self._call_s = call_s
        self.was_cut_off = False

    def connect(self) -> None:
        plain = socket.create_connection((self._where.address, self._where.port), CONNECT_S)
        self.sock = plain
        plain.settimeout(self._call_s)
        if self._where.is_tls:
            self.sock = _tls().wrap_socket(plain, server_hostname=self._where.host)

    def cut_off(self) -> None:
        """Ends a call that takes too long."""
        self.was_cut_off = True
        self.abort()

    def abort(self) -> None:
        """Ends the call, from whatever thread."""
        taken = self.sock
        if taken is not None:
            with suppress(OSError):
                taken.shutdown(socket.SHUT_RDWR)
            taken.close()


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _refusal(host: str, answer: http.client.HTTPResponse, size: int) -> InframindError | None:
    status = answer.status
    if 200 <= status < 300:
        return Rejected(f"{host} answered with more than {ANSWER_LIMIT} bytes.") if size > ANSWER_LIMIT else None
    if status in TRY_AGAIN or status >= 500:
        return Unavailable(f"{host} answered {status}.", _wait(answer.headers.get("retry-after", "")))
    if 300 <= status < 400:
        return Rejected(f"{host} answered {status}; redirects are not followed.")
    return Rejected(f"{host} answered {status}.")


def _wait(retry_after: str) -> int:
    """Seconds that `Retry-After` asks for, as a number or a date; 0 without one that can be read.

    >>> _wait("7"), _wait("soon"), _wait("")
    (7, 0, 0)
    """
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(int(text[:9]), LONGEST_WAIT_S)
    try:
        seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (ValueError, TypeError):
        return 0
    return max(0, min(round(seconds), LONGEST_WAIT_S))
