"""The cold shards, where open incidents lie that are quiet, so that the board stays small however much is open.

A shard is an item like the board, written in the same transaction. An incident is demoted whole, into the shard of
each of its services, the longest without a sign first; whatever concerns it promotes it again. So a small board
groups as a large one does.
"""

import zlib
from collections.abc import Iterable, Mapping
from itertools import chain

from pydantic import ConfigDict, Field

from inframind.errors import Damaged
from inframind.identity import shard_of
from inframind.incidents.board import Board, Condition, OpenIncident
from inframind.records import Record

COLD_SHARDS = 256  # of 9 KB each where 20,000 conditions are open
FULL, ROOMY = 800, 500  # conditions on the board: above the first, incidents are demoted down to the second
BYTES = 150_000  # of the board at rest, above which it is full as well
SPREAD = 4  # shards of one incident; one of more services stays on the board
DEMOTED, PROMOTED = 24, 20  # shards in one round: with the board and fifty incidents they fit a transaction
SHARD_BYTES = 60_000  # at rest: all of these together stay below the 4 MB that a transaction holds


class ColdIncident(Record):
    """What the board knew of an incident; `entry` is None if it is over, and its signals are only remembered."""

    entry: OpenIncident | None
    conditions: dict[str, Condition]

    @property
    def places(self) -> frozenset[int]:
        """The shards it lies in."""
        return shards_of(one.service for one in self.conditions.values())

    @property
    def last_ms(self) -> int:
        """Its last sign."""
        return max(one.last_ms or one.received_ms for one in self.conditions.values())


class ColdShard(Record):
    """Incidents by id; at rest they are called dossiers."""

    model_config = ConfigDict(populate_by_name=True)

    incidents: dict[str, ColdIncident] = Field(default_factory=dict, alias="dossiers")

    def to_bytes(self) -> bytes:
        """The shard as compressed JSON."""
        return zlib.compress(self.model_dump_json(exclude_defaults=True, by_alias=True).encode(), 6)

    @classmethod
    def from_bytes(cls, data: bytes) -> "ColdShard":
        """The inverse of `to_bytes`. Raises `Damaged`."""
        try:
            return cls.read(zlib.decompress(data))
        except (ValueError, zlib.error) as damage:
            raise Damaged("A cold shard cannot be read.") from damage


def shards_of(services: Iterable[str]) -> frozenset[int]:
    """The shards of these services."""
    return frozenset(shard_of(name, COLD_SHARDS) for name in services)


def shards_holding(incidents: Iterable[ColdIncident]) -> frozenset[int]:
    """The shards that these lie in."""
    return frozenset(chain.from_iterable(one.places for one in incidents))


def incidents_in(shards: Iterable[ColdShard]) -> dict[str, ColdIncident]:
    """What lies in these shards, by incident."""
    return {name: one for shard in shards for name, one in shard.incidents.items()}


def quiet(board: Board, full: int = FULL, roomy: int = ROOMY) -> dict[str, ColdIncident]:
    """What is to be demoted, the longest without a sign first; nothing while the board has room."""
    excess = _excess(board, full, roomy)
    if excess <= 0:
        return {}
    found: dict[str, ColdIncident] = {}
    places: frozenset[int] = frozenset()
    for name, held in sorted(_incidents_of(board).items(), key=lambda item: (item[1].last_ms, item[0])):
        if excess <= 0:
            break
        if len(held.places) <= SPREAD and len(places | held.places) <= DEMOTED:
            places |= held.places
            found[name] = held
            excess -= len(held.conditions)
    return found


def demoted(
    board: Board, shards: Mapping[int, ColdShard], gone: Mapping[str, ColdIncident]
) -> tuple[Board, dict[int, ColdShard]]:
    """The board without these, and their shards with them; `shards` holds all of theirs. A full one takes no more."""
    fitting = _fitting(shards, gone)
    changed = {
        place: ColdShard(incidents=shards[place].incidents | _of(place, fitting))
        for place in shards_holding(fitting.values())
    }
    away = {name for one in fitting.values() for name in one.conditions}
    news = {
        "conditions": {name: one for name, one in board.conditions.items() if name not in away},
        "open": {name: one for name, one in board.open.items() if name not in fitting},
        "cold": _filled(board, changed),
        "away": board.away + sum(one.entry is not None for one in fitting.values()),
    }
    return board.model_copy(update=news), changed


def promoted(board: Board, shards: Mapping[int, ColdShard], names: Iterable[str]) -> tuple[Board, dict[int, ColdShard]]:
    """The board with these incidents again, and the shards without; `shards` holds all that they lie in."""
    inside = incidents_in(shards.values())
    found = {name: inside[name] for name in names}
    changed = {
        place: ColdShard(incidents={name: one for name, one in shards[place].incidents.items() if name not in found})
        for place in shards_holding(found.values())
    }
    conditions = {name: one for held in found.values() for name, one in held.conditions.items()}
    entries = {name: one.entry for name, one in found.items() if one.entry is not None}
    news = {
        "conditions": board.conditions | conditions,
        "open": board.open | entries,
        "cold": _filled(board, changed),
        "away": board.away - len(entries),
    }
    return board.model_copy(update=news), changed


def _excess(board: Board, full: int, roomy: int) -> int:
    """How many conditions are too many."""
    count, size = len(board.conditions), len(board.to_bytes())
    if size > BYTES:
        return count - min(roomy, count * BYTES // (2 * size))
    return count - roomy if count > full else 0


def _incidents_of(board: Board) -> dict[str, ColdIncident]:
    of_incident: dict[str, dict[str, Condition]] = {}
    for name, one in board.conditions.items():
        if one.incident is not None:
            of_incident.setdefault(one.incident, {})[name] = one
    return {name: ColdIncident(entry=board.open.get(name), conditions=held) for name, held in of_incident.items()}


def _fitting(shards: Mapping[int, ColdShard], gone: Mapping[str, ColdIncident]) -> dict[str, ColdIncident]:
    """Those for which there is room in all of their shards; apart, they take rather more than together."""
    sizes = {place: len(shard.to_bytes()) for place, shard in shards.items()}
    found: dict[str, ColdIncident] = {}
    for name, one in gone.items():
        size = len(ColdShard(incidents={name: one}).to_bytes())
        if all(sizes[place] + size <= SHARD_BYTES for place in one.places):
            sizes |= {place: sizes[place] + size for place in one.places}
            found[name] = one
    return found


def _of(place: int, incidents: Mapping[str, ColdIncident]) -> dict[str, ColdIncident]:
    return {name: one for name, one in incidents.items() if place in one.places}


def _filled(board: Board, changed: Mapping[int, ColdShard]) -> dict[int, int]:
    """How many incidents lie in each shard; of empty ones nothing."""
    counts = board.cold | {place: len(shard.incidents) for place, shard in changed.items()}
    return {place: count for place, count in counts.items() if count}
