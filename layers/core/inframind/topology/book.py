"""The calls that are known, each with when it was last seen: bounded, and forgotten when nobody tells of them."""

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from inframind.errors import Malformed

DAY_MS = 86_400_000
KEPT_MS = 14 * DAY_MS  # after the last sign of it: longer than a holiday, shorter than a service that was retired
REFRESH_MS = DAY_MS  # what was seen less than this ago is not written again
MOST = 2_000  # calls; as compressed JSON a tenth of what an item may hold
OF_A_CALLER = 64  # beyond it, somebody writes addresses or ids where services should stand

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Book:
    """Calls (caller, callee) and when each was last seen, in epoch milliseconds."""

    seen: Mapping[Edge, int] = field(default_factory=dict)

    def edges(self, now_ms: int) -> frozenset[Edge]:
        """The calls that were seen lately enough."""
        return frozenset(edge for edge, at in self.seen.items() if now_ms - at < KEPT_MS)

    def with_seen(self, found: Iterable[Edge], now_ms: int) -> "Book":
        """The book with these calls seen now; this very book if that says nothing worth a write.

        What there is no room for is left out: known calls stay until nobody has told of them for a while.

        >>> book = Book().with_seen([("web", "auth")], 0)
        >>> book.with_seen([("web", "auth")], 3_600_000) is book
        True
        """
        wanted = {edge for edge in found if now_ms - self.seen.get(edge, -KEPT_MS) >= REFRESH_MS}
        if not wanted:
            return self
        kept = {edge: at for edge, at in self.seen.items() if now_ms - at < KEPT_MS}
        load = Counter(caller for caller, _ in kept)
        for edge in sorted(wanted):
            if edge in kept or (len(kept) < MOST and load[edge[0]] < OF_A_CALLER):
                load[edge[0]] += edge not in kept
                kept[edge] = now_ms
        return self if kept == self.seen else Book(kept)

    def to_bytes(self) -> bytes:
        """The book as compressed JSON: rows of caller, callee, last seen."""
        rows = [[caller, callee, at] for (caller, callee), at in sorted(self.seen.items())]
        return zlib.compress(json.dumps({"calls": rows}).encode(), 6)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Book":
        """The inverse of `to_bytes`; raises `Malformed` for bytes that are no book."""
        try:
            rows = json.loads(zlib.decompress(data))["calls"]
            return cls({(caller, callee): at for caller, callee, at in rows})
        except (ValueError, KeyError, TypeError, zlib.error) as error:
            raise Malformed(f"The book of calls cannot be read: {error}") from error
