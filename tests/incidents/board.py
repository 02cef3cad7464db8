"""The correlator's rounds without a store: signals in, board and incidents out."""

from collections.abc import Sequence

from inframind.incidents.board import Board, Condition
from inframind.incidents.correlation.applying import applied
from inframind.incidents.correlation.cold_storage import (
    COLD_SHARDS,
    FULL,
    ROOMY,
    ColdShard,
    demoted,
    promoted,
    quiet,
    shards_of,
)
from inframind.incidents.correlation.load_shedding import fitted
from inframind.incidents.correlation.planning import correlate
from inframind.incidents.correlation.recall import concerned, contents
from inframind.incidents.rules import Rules
from inframind.records import to_ms
from inframind.signals import Incident, Signal
from tests.contracts.signals import TEN

NOW_MS = to_ms(TEN)


class World:
    """A board, its shards and incidents, kept through the form in which they are stored."""

    def __init__(self, rules: Rules | None = None, room: tuple[int, int] = (FULL, ROOMY)) -> None:
        self.rules, self.room = rules or Rules(), room
        self.board = Board()
        self.shards = {place: ColdShard() for place in range(COLD_SHARDS)}
        self.incidents: dict[str, Incident] = {}

    def take(self, *signals: Signal, now_ms: int = NOW_MS) -> "World":
        """One round."""
        places = shards_of(self.rules.near(frozenset(one.service for one in signals)))
        near = {place: self.shards[place] for place in places}
        board = self.moved(promoted(self.board, self.shards, concerned(self.board, near, signals, self.rules)))
        cold = contents(self.shards[place] for place in places).conditions
        plan = correlate(board, [one for one in signals if one.fingerprint not in cold], now_ms, self.rules)
        known = {name: one for name, one in self.incidents.items() if name in plan.incidents}
        outcome = applied(board, plan, known, now_ms, self.rules)
        board = outcome.board
        while gone := quiet(board, *self.room):
            board = self.moved(demoted(board, self.shards, gone))
        self.board = Board.from_bytes(fitted(board).to_bytes())
        self.incidents |= outcome.incidents
        return self

    def moved(self, outcome: tuple[Board, dict[int, ColdShard]]) -> Board:
        """The board, once the shards that changed with it are kept."""
        board, changed = outcome
        self.shards |= {place: ColdShard.from_bytes(one.to_bytes()) for place, one in changed.items()}
        return board

    def known(self) -> dict[str, Condition]:
        """Every condition that is remembered, on the board or in a shard."""
        cold = [held for one in self.shards.values() for held in one.incidents.values()]
        return self.board.conditions | {name: one for held in cold for name, one in held.conditions.items()}

    def standing(self) -> list[Incident]:
        """Incidents that are not merged into others, by time."""
        found = [one for one in self.incidents.values() if one.status != "merged"]
        return sorted(found, key=lambda one: (one.opened_at, one.id))

    def grouping(self) -> set[frozenset[str]]:
        """The fingerprints of each incident."""
        found: dict[str, set[str]] = {}
        for name, one in self.known().items():
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
