"""The cold shards of one round: read when they are asked for, and written with the board by whoever ends the round."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from inframind.incidents.auto_resolution import firing_anomalies
from inframind.incidents.board import Board
from inframind.incidents.conditions import is_remembered
from inframind.incidents.correlation.admission import admitted, further
from inframind.incidents.correlation.cold_storage import (
    COLD_SHARDS,
    PROMOTED,
    ColdShard,
    demoted,
    incidents_in,
    promoted,
    quiet,
    shards_holding,
    shards_of,
)
from inframind.incidents.correlation.recall import concerned, contents, in_turn, portion, stirring
from inframind.incidents.correlation.related import related
from inframind.incidents.rules import Rules
from inframind.ports.incidents import RoundTooLarge
from inframind.signals import Incident, Signal
from inframind.usecases.incidents import kept

Ask = Callable[[Sequence[str]], Mapping[str, int]]  # when those of the anomalies that have cleared did


class ColdStorage:
    """The cold shards beside one reading of the board; `changed` are those that go with it in the write."""

    def __init__(self, board: Board) -> None:
        self._filled = frozenset(board.cold)
        self._opened: dict[int, ColdShard] = {}
        self.changed: dict[int, ColdShard] = {}

    def with_incidents(self, board: Board, incidents: Iterable[Incident]) -> Board:
        """The board with these incidents on it, wherever they lay."""
        wanted = {one.id: one for one in incidents if one.id not in board.open}
        near = self._open(shards_of(name for one in wanted.values() for name in one.services))
        inside = incidents_in(near.values())
        return self._out(board, near, [name for name in wanted if name in inside])

    def admitted(self, board: Board, signals: Sequence[Signal], now_ms: int) -> tuple[list[Signal], int]:
        """The signals as they are taken in, and how many were moved to the one service of their sender."""
        near = self._open(shards_of(signal.service for signal in signals)) if self._filled else {}
        held = incidents_in(near.values()).values()
        return admitted(board, signals, {one.service for each in held for one in each.conditions.values()}, now_ms)

    def with_concerned(self, board: Board, signals: Sequence[Signal], rules: Rules) -> tuple[Board, list[Signal]]:
        """The board with what the signals concern on it, and those signals that a shard does not know already.

        Raises `RoundTooLarge` where that is too much for one round; of a lone signal, the incident that it is of comes
        out, and of those near it as many as fit.
        """
        if not self._filled:
            return board, list(signals)
        services = {name for one in signals for name in (one.service, further(one))}
        near = self._open(shards_of(rules.near(frozenset(services))))
        found, inside = concerned(board, near, signals, rules), incidents_in(near.values())
        if len(signals) > 1 and len(shards_holding(inside[name] for name in found)) > PROMOTED:
            raise RoundTooLarge(f"The signals concern what lies in more than {PROMOTED} shards.")
        told = {one.fingerprint for one in signals}
        board = self._out(
            board, near, portion(inside, found, {name for name in found if told & inside[name].conditions.keys()})
        )
        left = {name for place in near for one in self._opened[place].incidents.values() for name in one.conditions}
        return board, [one for one in signals if one.fingerprint not in left]

    def with_stirring(self, board: Board, ask: Ask, now_ms: int, rules: Rules) -> Board:
        """The board with what has cleared or expired in the shards whose turn it is, and without what is of no use.

        What is too much for one round is left for the next look: the turn stays.
        """
        places = in_turn(board)
        if not places:
            return board
        near = self._open(places)
        inside = contents(near.values())
        found = stirring(inside, ask(firing_anomalies(inside)), now_ms, rules)
        taken = portion(incidents_in(near.values()), found)
        board = self._out(board, near, taken)
        of_use = {
            name: one
            for name, one in board.conditions.items()
            if one.incident not in taken or one.incident in board.open or is_remembered(one, now_ms)
        }
        turn = places[-1] + 1 if len(taken) == len(found) else places[0]
        return board.model_copy(update={"conditions": of_use, "turn": turn})

    def with_related(self, board: Board, rules: Rules, turn: int) -> tuple[Board, int]:
        """The board with incidents that the calls join to others, and the shard to go on from (`COLD_SHARDS`: none).

        Shards before `turn` are passed over. Where any are found, the same shard comes first again: more may be left.
        """
        while places := [one for one in in_turn(board.model_copy(update={"turn": turn})) if one >= turn]:
            near = self._open(places)
            mine = incidents_in(near.values())
            services = {one.service for held in mine.values() for one in held.conditions.values()}
            near |= self._open(shards_of(rules.near(frozenset(services))))
            taken = related(board, incidents_in(near.values()), mine, rules)
            if taken:
                return self._out(board, near, taken), places[0]
            turn = places[-1] + 1
        return board, COLD_SHARDS

    def cleared(self, board: Board) -> Board:
        """The board with room on it again: what is quiet is demoted."""
        gone = quiet(board)
        if not gone:
            return board
        board, changed = demoted(board, self._open(shards_holding(gone.values())), gone)
        self._note(changed)
        return board

    def _out(self, board: Board, near: Mapping[int, ColdShard], names: Collection[str]) -> Board:
        if not names:
            return board
        inside = incidents_in(near.values())
        board, changed = promoted(board, self._open(shards_holding(inside[name] for name in names)), names)
        self._note(changed)
        return board

    def _open(self, places: Iterable[int]) -> dict[int, ColdShard]:
        places = frozenset(places)
        unread = sorted((places & self._filled) - self._opened.keys())
        self._opened |= kept.cold_shards(unread)
        return {place: self._opened.setdefault(place, ColdShard()) for place in places}

    def _note(self, changed: Mapping[int, ColdShard]) -> None:
        self._opened |= changed
        self.changed |= changed
