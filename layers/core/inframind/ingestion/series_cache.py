"""Remembers the series of a warm function: label bytes seen once are never parsed again.

Senders send the same series in the same order again and again. So each remembered label set also knows which one
followed it last time: the guess is checked with one comparison of bytes, and is nearly always right.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from inframind.ingestion.limits import CACHE_LIMIT
from inframind.ingestion.naming import Name, name_of_pairs
from inframind.ingestion.plans import Plans

ENTRY_BYTES = 600  # what Python spends on one entry beside its bytes, measured with tracemalloc
PAIR_BYTES = 130  # and on one label of a set that is kept as pairs

Pairs = Sequence[tuple[bytes, bytes]]


class KnownLabels:
    """A label set in its wire form, the series it names, and the label set that followed it last.

    `raw` ends with the tag of the first sample. `head` is how the series began last time: its length, then `raw`;
    `begin` and `span` say where its samples began then, and where it ended.
    """

    __slots__ = ("begin", "following", "head", "id", "raw", "span")

    def __init__(self, raw: bytes, series: int) -> None:
        self.raw = raw
        self.id = series
        self.following: KnownLabels = self
        self.expect(raw, 0)

    def expect(self, head: bytes, span: int) -> None:
        """Remembers how the series began, and how many bytes it took."""
        self.head = head
        self.begin = len(head) - 1
        self.span = span


class SeriesCache:
    """Series by number; forgets everything when it holds more than `limit` bytes."""

    def __init__(self, limit: int = CACHE_LIMIT) -> None:
        self._limit = limit
        self._forget()

    def _forget(self) -> None:
        self._bytes = 0
        self._ids: dict[Name, int] = {}
        self._known: dict[bytes, KnownLabels] = {}
        self._named: dict[tuple[tuple[bytes, bytes], ...], int] = {}
        self.names: list[Name] = []
        self.plans = Plans()
        self.first = KnownLabels(b"\xff", -1)  # every guess begins here: no label set begins so, and none is so long
        self.first.expect(b"\xff", sys.maxsize)

    @contextmanager
    def opened(self) -> Iterator["SeriesCache"]:
        """The cache for one request: numbers stay valid inside, and what is too much is forgotten after it."""
        try:
            yield self
        finally:
            if self._bytes > self._limit:
                self._forget()

    def id_of(self, name: Name) -> int:
        """The number of a series."""
        number = self._ids.get(name)
        if number is None:
            number = self._ids[name] = len(self.names)
            self.names.append(name)
            self._bytes += len(name.resource) + len(name.key) + ENTRY_BYTES
        return number

    def number_of(self, pairs: Pairs) -> int:
        """The number of the series that label pairs name; raises `InvalidName`."""
        key = tuple(pairs)
        number = self._named.get(key)
        if number is None:
            number = self._named[key] = self.id_of(name_of_pairs(pairs))
            self._bytes += sum(len(name) + len(value) + PAIR_BYTES for name, value in key)
        return number

    def find(self, raw: bytes) -> KnownLabels | None:
        """The label set remembered under its wire form."""
        return self._known.get(raw)

    def learn(self, raw: bytes, pairs: Pairs) -> KnownLabels:
        """Remembers a label set; raises `InvalidName`."""
        known = self._known[raw] = KnownLabels(raw, self.id_of(name_of_pairs(pairs)))
        self._bytes += 2 * len(raw) + ENTRY_BYTES
        return known
