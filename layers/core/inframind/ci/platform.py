"""HTTP to the platform: one request, one short time limit, no redirects, and the key only to whom it belongs."""

import http.client
import json
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from inframind import __version__

ANSWER_LIMIT = 1_000_000
RETRIED = {408, 429}
DENIED = {401, 403, 409}  # a build belongs to the key that spoke of it first
# No connection, or an address or an answer that makes no sense.
_NONSENSE = (OSError, ValueError, RecursionError, http.client.HTTPException)


class Unreachable(Exception):
    """Nobody answered, or the answer asks to try again."""


class Refused(Exception):
    """The platform answered that it will not take this, today or tomorrow."""


class Denied(Refused):
    """The platform answered that it does not take this with this key."""


@dataclass(frozen=True, slots=True)
class Platform:
    """Where InfraMind is, and the key to it."""

    url: str
    key: str
    timeout_s: float

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """The decoded answer to a request; None for an empty one."""
        headers = {"Content-Type": "application/json", "User-Agent": f"inframind-ci/{__version__}"}
        if self.key:
            headers["Authorization"] = f"Bearer {self.key}"
        try:
            request = urllib.request.Request(self.url + path, json.dumps(body).encode(), headers, method="POST")
            with _OPENER.open(request, timeout=self.timeout_s) as answer:
                text = answer.read(ANSWER_LIMIT)
            return json.loads(text) if text.strip() else None
        except urllib.error.HTTPError as error:
            raise _failure(error) from error
        except _NONSENSE as error:
            raise Unreachable(_words(error)) from error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other: the key is not carried elsewhere."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirects)


def _words(error: Exception) -> str:
    """What went wrong, without the number that the system has for it.

    >>> _words(urllib.error.URLError(ConnectionRefusedError(111, "Connection refused")))
    'Connection refused'
    """
    reason = getattr(error, "reason", error)
    return getattr(reason, "strerror", None) or str(reason) or type(error).__name__


def _failure(error: urllib.error.HTTPError) -> Exception:
    said = f"{error.code} {error.reason}"
    with suppress(*_NONSENSE, KeyError, TypeError):
        said = f"{said}: {json.loads(error.read(ANSWER_LIMIT))['detail']}"
    if error.code >= 500 or error.code in RETRIED:
        return Unreachable(said)
    return (Denied if error.code in DENIED else Refused)(said)
