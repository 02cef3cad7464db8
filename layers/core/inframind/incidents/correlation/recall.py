"""Which incidents a round needs out of the cold shards: those that signals concern, and those that are due a look."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate, chain

from inframind.incidents.auto_resolution import look
from inframind.incidents.board import Board, Condition
from inframind.incidents.conditions import is_remembered, may_follow, observed
from inframind.incidents.correlation.cold_storage import PROMOTED, ColdIncident, ColdShard, incidents_in
from inframind.incidents.rules import Rules
from inframind.records import to_ms
from inframind.signals import Signal

TURN, TURN_INCIDENTS = 16, 400  # shards looked at in one look, at most; and in them so many incidents


def concerned(board: Board, shards: Mapping[int, ColdShard], signals: Sequence[Signal], rules: Rules) -> set[str]:
    """Of the incidents in these shards, those of which the signals tell anything new, or near which they lie."""
    inside = incidents_in(shards.values())
    owner = {condition: name for name, one in inside.items() for condition in one.conditions}
    known = board.conditions | {name: one for held in inside.values() for name, one in held.conditions.items()}
    of_service: dict[str, list[tuple[str, Condition]]] = {}
    for name, held in inside.items():
        for one in held.conditions.values():
            if held.entry is not None and one.first_ms is not None:
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


def portion(inside: Mapping[str, ColdIncident], names: Iterable[str], first: Collection[str] = ()) -> list[str]:
    """As many of these incidents as one round takes out: the ones in `first`, then those with the latest signs."""
    places: frozenset[int] = frozenset()
    found: list[str] = []
    for name in sorted(names, key=lambda name: (name not in first, -inside[name].last_ms, name)):
        if len(places | inside[name].places) <= PROMOTED:
            places |= inside[name].places
            found.append(name)
    return found


def in_turn(board: Board) -> tuple[int, ...]:
    """The shards to look into next; one after the other, all have their turn."""
    ordered = sorted(board.cold, key=lambda place: (place < board.turn, place))
    totals = accumulate(board.cold[place] for place in ordered[:TURN])
    return tuple(ordered[: max(1, sum(total <= TURN_INCIDENTS for total in totals))])


def contents(shards: Iterable[ColdShard]) -> Board:
    """What lies in shards as it would stand on a board."""
    inside = incidents_in(shards)
    conditions = {name: one for held in inside.values() for name, one in held.conditions.items()}
    return Board(open={name: one.entry for name, one in inside.items() if one.entry}, conditions=conditions)


def stirring(inside: Board, cleared: Mapping[str, int], now_ms: int, rules: Rules) -> set[str]:
    """Of what lies in shards, the incidents in which a look finds anything to do, and those long over."""
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
