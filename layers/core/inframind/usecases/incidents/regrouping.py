"""What is open grouped anew by calls that are known now and were not: on the board first, then shard by shard."""

from dataclasses import dataclass, replace

from inframind.incidents.board import Board
from inframind.incidents.correlation.applying import applied
from inframind.incidents.correlation.cold_storage import COLD_SHARDS
from inframind.incidents.correlation.planning import correlate, within
from inframind.incidents.outcome import Outcome
from inframind.usecases.incidents import kept, rounds
from inframind.usecases.incidents.cold_storage import ColdStorage

ROUNDS = 60  # in one delivery, of a tenth of a second each; the rest waits for the next look
WRITTEN = 50  # incidents in one round: beside the shards, a transaction holds a hundred items


def regroup() -> None:
    """Joins what the call graph joins now; nothing where the board was grouped by it already."""
    seen = Pass()
    for _ in range(ROUNDS):
        if rounds.work_round_with_cold_storage(seen.round) is None:
            return


@dataclass(slots=True)
class Pass:
    """One way through the shards by one version of the graph; those before `turn` have been seen.

    The board keeps the old version until the way is through, so that a crash or an end of time only begins it again.
    """

    version: int = 0
    turn: int = 0

    def round(self, board: Board, cold: ColdStorage, now_ms: int) -> Outcome | None:
        """The next step."""
        rules = rounds.rules(board.calls + 1)
        if rules.calls <= board.calls:
            return None
        if rules.calls != self.version:
            self.version, self.turn = rules.calls, 0
        plan = correlate(board, (), now_ms, rules)
        is_cut = within(plan, WRITTEN)
        if not is_cut:
            board, turn = cold.with_related(board, rules, self.turn)
            plan = correlate(board, (), now_ms, rules)
            is_cut = within(plan, WRITTEN)
            self.turn = turn
        if is_cut:  # what is left of the board may be put away before it has its round
            self.turn = 0
        if is_cut or self.turn < COLD_SHARDS:
            rules = replace(rules, calls=board.calls)
        return applied(board, plan, kept.incidents(plan.incidents), now_ms, rules)
