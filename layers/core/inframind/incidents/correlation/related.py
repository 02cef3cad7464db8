"""Which incidents in shards are one with others by the calls that are known now."""

from collections.abc import Iterable, Mapping
from itertools import chain

from inframind.incidents.board import Board, Condition
from inframind.incidents.correlation.cold_storage import PROMOTED, ColdIncident
from inframind.incidents.rules import Rules

Spans = Mapping[str, list[tuple[str, int, int]]]  # of each service: of whom, from when to when


def related(board: Board, inside: Mapping[str, ColdIncident], names: Iterable[str], rules: Rules) -> list[str]:
    """Those of `names` that are close to another incident or to a sign on the board, each with those it is close to.

    As many as one round takes out, and nobody without one to be joined with, so that each round leaves fewer.
    """
    spans = _spans(board, inside)
    places: frozenset[int] = frozenset()
    found: dict[str, None] = {}
    for name in sorted(names):
        close = _close(name, inside[name], spans, rules)
        for one in [name, *sorted(close & inside.keys())] if close else ():
            if len(places | inside[one].places) <= PROMOTED:
                places |= inside[one].places
                found[one] = None
            elif one == name:
                return list(found)
    return list(found)


def _spans(board: Board, inside: Mapping[str, ColdIncident]) -> Spans:
    """When whom each service shows: incidents, and signs on the board that wait for a second one."""
    found: dict[str, list[tuple[str, int, int]]] = {}
    held = ((name, one) for name, held in inside.items() for one in _shown(held))
    here = ((one.incident or "", one) for one in board.conditions.values() if one.incident in {None, *board.open})
    for name, one in chain(here, held):
        if one.first_ms is not None and one.last_ms is not None and not one.is_closed:
            found.setdefault(one.service, []).append((name, one.first_ms, one.last_ms))
    return found


def _shown(held: ColdIncident) -> Iterable[Condition]:
    return held.conditions.values() if held.entry is not None else ()


def _close(name: str, held: ColdIncident, spans: Spans, rules: Rules) -> set[str]:
    """To whom the incident is close in calls and in time; "" stands for a sign that waits."""
    return {
        owner
        for one in _shown(held)
        for service in rules.near(frozenset([one.service]))
        for owner, first, last in spans.get(service, ())
        if owner != name and max(first, one.first_ms or 0) - min(last, one.last_ms or 0) <= rules.window_s * 1000
    }
