"""Who is calling, and may they: one cached look-up inside each function, no authorizer paid per request."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from time import monotonic
from typing import TYPE_CHECKING

from inframind import wiring
from inframind.errors import Damaged, Unauthenticated, Unavailable
from inframind.platform import keys
from inframind.records import AccessKey, Role

if TYPE_CHECKING:
    from inframind.ports.platform import KeyStore

CACHE_SECONDS = 30  # a revoked key works at most this much longer in a warm function
CACHE_SIZE = 1_000  # bounds what a guesser of keys can make us remember


class Gate:
    """Checks callers against the key store, remembering keys for half a minute."""

    def __init__(self, store: "KeyStore") -> None:
        self._store = store
        self._known: dict[str, tuple[float, AccessKey | None]] = {}

    def admit(self, headers: Mapping[str, str], needed: Role | None) -> AccessKey:
        """The caller's key, if it reaches `needed` (None: any key will do); raises `Unauthenticated` or `Forbidden`.

        `headers` has lower-case names. A key just created is found at once: a miss is never remembered.
        """
        token = token_of(headers)
        return keys.check(self._find(keys.key_id(token)), token, needed, datetime.now(UTC))

    def _find(self, key_id: str) -> AccessKey | None:
        read_at, key = self._known.get(key_id, (0.0, None))
        if key is not None and monotonic() - read_at < CACHE_SECONDS:
            return key
        key = self._kept(key_id)
        if len(self._known) >= CACHE_SIZE:
            self._known.clear()
        if key is not None:
            self._known[key_id] = (monotonic(), key)
        return key

    def _kept(self, key_id: str) -> AccessKey | None:
        """The key. One that cannot be read may be mended: a refusal for good, and senders would drop what they have."""
        try:
            return self._store.get(key_id)
        except Damaged as damage:
            from inframind.usecases.damage import report  # the door of telemetry needs it hardly ever

            report("key", [key_id], "platform")
            raise Unavailable(damage.detail) from damage


@cache
def gate() -> Gate:
    """This process's gate."""
    return Gate(wiring.key_store())


def token_of(headers: Mapping[str, str]) -> str:
    """The token in `Authorization: Bearer`, `X-API-Key` or `X-IM-Token`; raises `Unauthenticated` without one.

    >>> token_of({"authorization": "Bearer abc"})
    'abc'
    """
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    bearer = credentials.strip() if scheme.lower() == "bearer" else ""
    token = bearer or headers.get("x-api-key", "") or headers.get("x-im-token", "")
    if not token or len(token) > keys.MAX_TOKEN_LENGTH:
        raise Unauthenticated("Send a key as 'Authorization: Bearer <key>', 'X-API-Key' or 'X-IM-Token'.")
    return token
