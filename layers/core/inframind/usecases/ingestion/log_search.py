"""Looking for log lines and templates: what may hold them fetched, the room of ingestion asked, a page answered.

A page ends where it is full, or where a request has read as much as one may; its cursor goes on from there.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from inframind import wiring
from inframind.errors import Fault, Rejected
from inframind.identity import shard_of
from inframind.ingestion.logs.at_rest import Found, LinesKey, Query, found_in
from inframind.ingestion.logs.packing import HOUR_MS
from inframind.ingestion.logs.templates import Template
from inframind.ingestion.logs.views import templates_in
from inframind.ports.paging import Page
from inframind.settings import settings

LISTINGS = 48  # hours and shards that one request looks into
OBJECTS = 100  # and reads
BYTES = 6_000_000  # and of how much: a second or two
POSITION = re.compile(r"(\d{1,7})\.(\d{1,15})\.([0-9a-f]{0,32})\.(\d{1,9})")


@dataclass(frozen=True, slots=True)
class Position:
    """Where a search goes on: in this hour, at the object written then (or behind it), behind so many of its lines."""

    hour: int
    written_ms: int
    name: str
    skip: int

    def text(self) -> str:
        """As a cursor."""
        return f"{self.hour}.{self.written_ms}.{self.name}.{self.skip}"


@dataclass(slots=True)
class Reading:
    """What a request may still read."""

    listings: int
    objects: int
    size: int

    @property
    def is_spent(self) -> bool:
        """Whether it is enough for one request."""
        return self.objects <= 0 or self.size <= 0


def find_lines(query: Query, limit: int, cursor: str | None) -> Page[Found]:
    """Lines that match, latest hour first, then by arrival, the last first. A page may be short, or empty."""
    shards = [shard_of(query.service, settings().shards)] if query.service else list(range(settings().shards))
    start = _position(cursor) if cursor else Position((query.end_ms - 1) // HOUR_MS, _LAST, "", 0)
    found: dict[str, Found] = {}
    reading = Reading(LISTINGS, OBJECTS, BYTES)
    for hour in range(start.hour, query.start_ms // HOUR_MS - 1, -1):
        if reading.listings <= 0:
            return Page(tuple(found.values()), Position(hour, _LAST, "", 0).text())
        reading.listings -= len(shards)
        for key in _objects(shards, hour, query, start):
            if reading.is_spent:
                return Page(tuple(found.values()), Position(hour, key.written_ms, key.name, 0).text())
            skip = start.skip if (hour, key.written_ms, key.name) == (start.hour, start.written_ms, start.name) else 0
            for place, hit in enumerate(_hits(key, query, reading)[skip:], start=skip):
                if len(found) == limit:
                    return Page(tuple(found.values()), replace(_at(hour, key), skip=place).text())
                found.setdefault(hit.id, hit)
    return Page(tuple(found.values()))


def find_templates(service: str | None) -> list[tuple[str, Template]]:
    """All templates of a service, or of every one, with the service; those seen last first."""
    shards = [shard_of(service, settings().shards)] if service else range(settings().shards)
    states = (wiring.log_states().load(shard).data for shard in shards)
    found = [one for state in states if state is not None for one in templates_in(state, service)]
    return sorted(found, key=lambda one: (-one[1].last_ms, one[0], one[1].id))


_LAST = 10**14  # behind every time of writing


def _at(hour: int, key: LinesKey) -> Position:
    return Position(hour, key.written_ms, key.name, 0)


def _position(cursor: str) -> Position:
    found = POSITION.fullmatch(cursor)
    if found is None:
        fault = Fault("query.cursor", "not a cursor of this list; take it from the page before")
        raise Rejected("The cursor cannot be read.", [fault])
    return Position(int(found[1]), int(found[2]), found[3], int(found[4]))


def _objects(shards: Sequence[int], hour: int, query: Query, start: Position) -> Iterator[LinesKey]:
    """The objects of an hour that may hold such lines, written last first, from where the search goes on."""
    keys = [key for shard in shards for key in wiring.lines().keys(shard, hour) if query.may_be_in(key)]
    for key in sorted(keys, key=lambda key: (key.written_ms, key.name), reverse=True):
        is_before = hour == start.hour and start.name != "" and (key.written_ms, key.name) > _place(start)
        if not is_before:
            yield key


def _place(position: Position) -> tuple[int, str]:
    return position.written_ms, position.name


def _hits(key: LinesKey, query: Query, reading: Reading) -> list[Found]:
    data = wiring.lines().read(key)
    reading.objects -= 1
    reading.size -= len(data)
    return found_in(data, query)
