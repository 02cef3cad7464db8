"""The drawers of one round: read when they are asked for, and written with the board by whoever ends the round."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from inframind import wiring
from inframind.incidents.auto_resolution import firing_anomalies
from inframind.incidents.board import Board
from inframind.incidents.conditions import is_remembered
from inframind.incidents.correlation.cold_storage import (
    DRAWERS,
    TAKEN_OUT,
    Drawer,
    concerned,
    contents,
    drawers_of,
    in_turn,
    lying,
    places_of,
    portion,
    put_away,
    quiet,
    stirring,
    taken_out,
)
from inframind.incidents.correlation.related import kindred
from inframind.incidents.rules import Rules
from inframind.ports.incidents import RoundTooLarge
from inframind.signals import Incident, Signal

Ask = Callable[[Sequence[str]], Mapping[str, int]]  # when those of the anomalies that have cleared did


class Cabinet:
    """The drawers beside one reading of the board; `changed` are those that go with it in the write."""

    def __init__(self, board: Board) -> None:
        self._filled = frozenset(board.drawers)
        self._opened: dict[int, Drawer] = {}
        self.changed: dict[int, Drawer] = {}

    def with_incidents(self, board: Board, incidents: Iterable[Incident]) -> Board:
        """The board with these incidents on it, wherever they lay."""
        wanted = {one.id: one for one in incidents if one.id not in board.open}
        near = self._open(drawers_of(name for one in wanted.values() for name in one.services))
        inside = lying(near.values())
        return self._out(board, near, [name for name in wanted if name in inside])

    def with_concerned(self, board: Board, signals: Sequence[Signal], rules: Rules) -> tuple[Board, list[Signal]]:
        """The board with what the signals concern on it, and those signals that a drawer does not know already.

        Raises `RoundTooLarge` where that is too much for one round; of a lone signal, the incident that it is of comes
        out, and of those near it as many as fit.
        """
        if not self._filled:
            return board, list(signals)
        near = self._open(drawers_of(rules.near(frozenset(signal.service for signal in signals))))
        found, inside = concerned(board, near, signals, rules), lying(near.values())
        if len(signals) > 1 and len(places_of(inside[name] for name in found)) > TAKEN_OUT:
            raise RoundTooLarge(f"The signals concern what lies in more than {TAKEN_OUT} drawers.")
        told = {one.fingerprint for one in signals}
        board = self._out(
            board, near, portion(inside, found, {name for name in found if told & inside[name].conditions.keys()})
        )
        left = {name for place in near for one in self._opened[place].dossiers.values() for name in one.conditions}
        return board, [one for one in signals if one.fingerprint not in left]

    def with_stirring(self, board: Board, ask: Ask, now_ms: int, rules: Rules) -> Board:
        """The board with what has cleared or expired in the drawers whose turn it is, and without what is of no use.

        What is too much for one round is left for the next look: the turn stays.
        """
        places = in_turn(board)
        if not places:
            return board
        near = self._open(places)
        inside = contents(near.values())
        found = stirring(inside, ask(firing_anomalies(inside)), now_ms, rules)
        taken = portion(lying(near.values()), found)
        board = self._out(board, near, taken)
        of_use = {
            name: one
            for name, one in board.conditions.items()
            if one.incident not in taken or one.incident in board.open or is_remembered(one, now_ms)
        }
        turn = places[-1] + 1 if len(taken) == len(found) else places[0]
        return board.model_copy(update={"conditions": of_use, "turn": turn})

    def with_kindred(self, board: Board, rules: Rules, turn: int) -> tuple[Board, int]:
        """The board with incidents that the calls join to others, and the drawer to go on from: `DRAWERS` at the end.

        Drawers before `turn` are passed over. Where any are found, the same drawer comes first again: more may be left.
        """
        while places := [one for one in in_turn(board.model_copy(update={"turn": turn})) if one >= turn]:
            near = self._open(places)
            mine = lying(near.values())
            services = {one.service for dossier in mine.values() for one in dossier.conditions.values()}
            near |= self._open(drawers_of(rules.near(frozenset(services))))
            taken = kindred(board, lying(near.values()), mine, rules)
            if taken:
                return self._out(board, near, taken), places[0]
            turn = places[-1] + 1
        return board, DRAWERS

    def cleared(self, board: Board) -> Board:
        """The board with room on it again: what is quiet is put away."""
        gone = quiet(board)
        if not gone:
            return board
        board, changed = put_away(board, self._open(places_of(gone.values())), gone)
        self._note(changed)
        return board

    def _out(self, board: Board, near: Mapping[int, Drawer], names: Collection[str]) -> Board:
        if not names:
            return board
        inside = lying(near.values())
        board, changed = taken_out(board, self._open(places_of(inside[name] for name in names)), names)
        self._note(changed)
        return board

    def _open(self, places: Iterable[int]) -> dict[int, Drawer]:
        places = frozenset(places)
        unread = sorted((places & self._filled) - self._opened.keys())
        data = wiring.incidents().drawers(unread) if unread else {}
        self._opened |= {place: Drawer.from_bytes(one) for place, one in data.items()}
        return {place: self._opened.setdefault(place, Drawer()) for place in places}

    def _note(self, changed: Mapping[int, Drawer]) -> None:
        self._opened |= changed
        self.changed |= changed
