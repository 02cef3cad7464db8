"""Where open incidents lie that are quiet, so that the board stays small however much is open.

A drawer is an item like the board, written in the same transaction. An incident is put away whole, into the drawer of
each of its services, the longest without a sign first; whatever concerns it brings it back whole. So a small board
groups as a large one does.
"""

import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate, chain

from pydantic import Field

from inframind.identity import shard_of
from inframind.incidents.auto_resolution import look
from inframind.incidents.board import Board, Condition, OpenIncident
from inframind.incidents.conditions import is_remembered, may_follow, observed
from inframind.incidents.rules import Rules
from inframind.records import Record, to_ms
from inframind.signals import Signal

DRAWERS = 256  # of 9 KB each where 20,000 conditions are open
FULL, ROOMY = 800, 500  # conditions on the board: above the first, incidents are put away down to the second
BYTES = 150_000  # of the board at rest, above which it is full as well
SPREAD = 4  # drawers of one incident; one of more services stays on the board
PUT_AWAY, TAKEN_OUT = 24, 20  # drawers in one round: with the board and fifty incidents they fit a transaction
DRAWER_BYTES = 60_000  # at rest: all of these together stay below the 4 MB that a transaction holds
TURN, TURN_INCIDENTS = 16, 400  # drawers looked at in one look, at most; and in them so many incidents


class Dossier(Record):
    """What the board knew of an incident; `entry` is None if it is over, and its signals are only remembered."""

    entry: OpenIncident | None
    conditions: dict[str, Condition]

    @property
    def places(self) -> frozenset[int]:
        """The drawers it lies in."""
        return drawers_of(one.service for one in self.conditions.values())

    @property
    def last_ms(self) -> int:
        """Its last sign."""
        return max(one.last_ms or one.received_ms for one in self.conditions.values())


class Drawer(Record):
    """Incidents by id."""

    dossiers: dict[str, Dossier] = Field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The drawer as compressed JSON."""
        return zlib.compress(self.model_dump_json(exclude_defaults=True).encode(), 6)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Drawer":
        """The inverse of `to_bytes`."""
        return cls.read(zlib.decompress(data))


def drawers_of(services: Iterable[str]) -> frozenset[int]:
    """The drawers of these services."""
    return frozenset(shard_of(name, DRAWERS) for name in services)


def places_of(dossiers: Iterable[Dossier]) -> frozenset[int]:
    """The drawers that these lie in."""
    return frozenset(chain.from_iterable(one.places for one in dossiers))


def lying(drawers: Iterable[Drawer]) -> dict[str, Dossier]:
    """What lies in these drawers, by incident."""
    return {name: one for drawer in drawers for name, one in drawer.dossiers.items()}


def quiet(board: Board, full: int = FULL, roomy: int = ROOMY) -> dict[str, Dossier]:
    """What is to be put away, the longest without a sign first; nothing while the board has room."""
    excess = _excess(board, full, roomy)
    if excess <= 0:
        return {}
    found: dict[str, Dossier] = {}
    places: frozenset[int] = frozenset()
    for name, dossier in sorted(_dossiers(board).items(), key=lambda item: (item[1].last_ms, item[0])):
        if excess <= 0:
            break
        if len(dossier.places) <= SPREAD and len(places | dossier.places) <= PUT_AWAY:
            places |= dossier.places
            found[name] = dossier
            excess -= len(dossier.conditions)
    return found


def put_away(
    board: Board, drawers: Mapping[int, Drawer], gone: Mapping[str, Dossier]
) -> tuple[Board, dict[int, Drawer]]:
    """The board without these, and their drawers with them; `drawers` holds all of theirs. A full one takes no more."""
    fitting = _fitting(drawers, gone)
    changed = {
        place: Drawer(dossiers=drawers[place].dossiers | {n: one for n, one in fitting.items() if place in one.places})
        for place in places_of(fitting.values())
    }
    away = {name for one in fitting.values() for name in one.conditions}
    news = {
        "conditions": {name: one for name, one in board.conditions.items() if name not in away},
        "open": {name: one for name, one in board.open.items() if name not in fitting},
        "drawers": _filled(board, changed),
        "away": board.away + sum(one.entry is not None for one in fitting.values()),
    }
    return board.model_copy(update=news), changed


def taken_out(board: Board, drawers: Mapping[int, Drawer], names: Iterable[str]) -> tuple[Board, dict[int, Drawer]]:
    """The board with these incidents again, and the drawers without; `drawers` holds all that they lie in."""
    inside = lying(drawers.values())
    found = {name: inside[name] for name in names}
    changed = {
        place: Drawer(dossiers={name: one for name, one in drawers[place].dossiers.items() if name not in found})
        for place in places_of(found.values())
    }
    conditions = {name: one for dossier in found.values() for name, one in dossier.conditions.items()}
    entries = {name: one.entry for name, one in found.items() if one.entry is not None}
    news = {
        "conditions": board.conditions | conditions,
        "open": board.open | entries,
        "drawers": _filled(board, changed),
        "away": board.away - len(entries),
    }
    return board.model_copy(update=news), changed


def concerned(board: Board, drawers: Mapping[int, Drawer], signals: Sequence[Signal], rules: Rules) -> set[str]:
    """Of the incidents in these drawers, those of which the signals tell anything new, or near which they lie."""
    inside = lying(drawers.values())
    owner = {condition: name for name, one in inside.items() for condition in one.conditions}
    known = board.conditions | {name: one for dossier in inside.values() for name, one in dossier.conditions.items()}
    of_service: dict[str, list[tuple[str, Condition]]] = {}
    for name, dossier in inside.items():
        for one in dossier.conditions.values():
            if dossier.entry is not None and one.first_ms is not None:
                of_service.setdefault(one.service, []).append((name, one))
    found: set[str] = set()
    reach = _reach(known, signals)
    for signal in signals:
        condition = known.get(signal.fingerprint)
        if signal.fingerprint in owner and condition is not None:
            if observed(condition, signal, condition.received_ms) is condition:
                continue
            found.add(owner[signal.fingerprint])
        near = chain.from_iterable(of_service.get(name, ()) for name in rules.near(frozenset([signal.service])))
        found |= {name for name, one in near if _is_near(one, signal, reach, rules)}
    return found


def portion(inside: Mapping[str, Dossier], names: Iterable[str], first: Collection[str] = ()) -> list[str]:
    """As many of these incidents as one round takes out: the ones in `first`, then those with the latest signs."""
    places: frozenset[int] = frozenset()
    found: list[str] = []
    for name in sorted(names, key=lambda name: (name not in first, -inside[name].last_ms, name)):
        if len(places | inside[name].places) <= TAKEN_OUT:
            places |= inside[name].places
            found.append(name)
    return found


def in_turn(board: Board) -> tuple[int, ...]:
    """The drawers to look into next; one after the other, all have their turn."""
    ordered = sorted(board.drawers, key=lambda place: (place < board.turn, place))
    totals = accumulate(board.drawers[place] for place in ordered[:TURN])
    return tuple(ordered[: max(1, sum(total <= TURN_INCIDENTS for total in totals))])


def contents(drawers: Iterable[Drawer]) -> Board:
    """What lies in drawers as it would stand on a board."""
    inside = lying(drawers)
    conditions = {name: one for dossier in inside.values() for name, one in dossier.conditions.items()}
    return Board(open={name: one.entry for name, one in inside.items() if one.entry}, conditions=conditions)


def stirring(inside: Board, cleared: Mapping[str, int], now_ms: int, rules: Rules) -> set[str]:
    """Of what lies in drawers, the incidents in which a look finds anything to do, and those long over."""
    found = look(inside, cleared, now_ms, rules)
    aged = {one.incident for name, one in found.conditions.items() if one is not inside.conditions[name]}
    of_use = {one.incident for one in inside.conditions.values() if is_remembered(one, now_ms)} | inside.open.keys()
    useless = {one.incident for one in inside.conditions.values()} - of_use
    return {name for name in (*found.resolved, *found.unacknowledged, *aged, *useless) if name}


def _reach(known: Mapping[str, Condition], signals: Sequence[Signal]) -> dict[str, tuple[int, int]]:
    """From when to when each condition shows once the signals are taken in."""
    reach: dict[str, tuple[int, int]] = {}
    for signal in signals:
        at, one = to_ms(signal.observed_at), known.get(signal.fingerprint)
        first, last = reach.get(signal.fingerprint) or (
            (one.first_ms, one.last_ms) if one and one.first_ms is not None and one.last_ms is not None else (at, at)
        )
        reach[signal.fingerprint] = (min(first, at), max(last, at))
    return reach


def _is_near(one: Condition, signal: Signal, reach: Mapping[str, tuple[int, int]], rules: Rules) -> bool:
    first, last = one.first_ms or 0, one.last_ms or 0
    if signal.kind == "deployment":
        at = to_ms(signal.observed_at)
        return first - rules.deployment_s * 1000 <= at and may_follow(last, at)
    begins, ends = reach[signal.fingerprint]
    return max(first, begins) - min(last, ends) <= rules.window_s * 1000


def _excess(board: Board, full: int, roomy: int) -> int:
    """How many conditions are too many."""
    count, size = len(board.conditions), len(board.to_bytes())
    if size > BYTES:
        return count - min(roomy, count * BYTES // (2 * size))
    return count - roomy if count > full else 0


def _dossiers(board: Board) -> dict[str, Dossier]:
    of_incident: dict[str, dict[str, Condition]] = {}
    for name, one in board.conditions.items():
        if one.incident is not None:
            of_incident.setdefault(one.incident, {})[name] = one
    return {name: Dossier(entry=board.open.get(name), conditions=held) for name, held in of_incident.items()}


def _fitting(drawers: Mapping[int, Drawer], gone: Mapping[str, Dossier]) -> dict[str, Dossier]:
    """Those for which there is room in all of their drawers; apart, they take rather more than together."""
    sizes = {place: len(drawer.to_bytes()) for place, drawer in drawers.items()}
    found: dict[str, Dossier] = {}
    for name, one in gone.items():
        size = len(Drawer(dossiers={name: one}).to_bytes())
        if all(sizes[place] + size <= DRAWER_BYTES for place in one.places):
            sizes |= {place: sizes[place] + size for place in one.places}
            found[name] = one
    return found


def _filled(board: Board, changed: Mapping[int, Drawer]) -> dict[int, int]:
    """How many incidents lie in each drawer; of empty ones nothing."""
    counts = board.drawers | {place: len(drawer.dossiers) for place, drawer in changed.items()}
    return {place: count for place, count in counts.items() if count}
