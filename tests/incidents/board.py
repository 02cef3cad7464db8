"""The correlator's rounds without a store: signals in, board and incidents out."""

from collections.abc import Sequence

from inframind.incidents.board import Board
from inframind.incidents.correlation import Rules, correlate
from inframind.incidents.settling import settle
from inframind.records import to_ms
from inframind.signals import Incident, Signal
from tests.contracts.signals import TEN

NOW_MS = to_ms(TEN)


class World:
    """A board and its incidents, kept through the form in which they are stored."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.rules = rules or Rules()
        self.board = Board()
        self.incidents: dict[str, Incident] = {}

    def take(self, *signals: Signal, now_ms: int = NOW_MS) -> "World":
        """One round."""
        plan = correlate(self.board, signals, now_ms, self.rules)
        outcome = settle(self.board, plan, self.incidents, now_ms, self.rules)
        self.board = Board.from_bytes(outcome.board.to_bytes())
        self.incidents |= outcome.incidents
        return self

    def standing(self) -> list[Incident]:
        """Incidents that are not merged into others, by time."""
        found = [one for one in self.incidents.values() if one.status != "merged"]
        return sorted(found, key=lambda one: (one.opened_at, one.id))

    def grouping(self) -> set[frozenset[str]]:
        """The fingerprints of each incident."""
        found: dict[str, set[str]] = {}
        for name, one in self.board.conditions.items():
            if one.incident:
                found.setdefault(one.incident, set()).add(name)
        return {frozenset(names) for names in found.values()}

    def facts(self) -> list[tuple[str, str]]:
        """What is owed: kind and reason."""
        return [(one.kind, one.reason) for one in self.board.owed]


def in_batches(world: World, signals: Sequence[Signal], size: int) -> World:
    """The signals in rounds of a size."""
    for start in range(0, len(signals), size):
        world.take(*signals[start : start + size])
    return world
