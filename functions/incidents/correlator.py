"""SignalsQueue -> incidents in IncidentsTable, IncidentOpened, IncidentChanged and IncidentResolved on the bus.

Messages carry signals, facts that are signals, the reminder to look at what is open, or word of calls newly learnt.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from inframind import wiring
from inframind.entry import Message, batch, logger
from inframind.errors import Malformed
from inframind.identity import content_id
from inframind.incidents import signal_messages
from inframind.incidents.auto_resolution import asked_again, firing_anomalies, is_due, look, looked
from inframind.incidents.board import Board
from inframind.incidents.correlation.applying import applied
from inframind.incidents.correlation.cold_storage import PROMOTED, SPREAD
from inframind.incidents.correlation.planning import correlate, heard, within
from inframind.incidents.outcome import Outcome
from inframind.ports.incidents import RoundTooLarge
from inframind.records import to_ms
from inframind.signals import Incident, Signal
from inframind.usecases import clock
from inframind.usecases.counters import add_counts
from inframind.usecases.incidents import kept, metric_evidence, regrouping, rounds
from inframind.usecases.incidents.cold_storage import ColdStorage
from inframind.usecases.incidents.regrouping import WRITTEN

WORD = "incidents"
TOGETHER = 500  # signals in one round
MANY = PROMOTED // SPREAD  # incidents that one signal concerns, from which on there may be more than a round takes

log = logger(WORD)


@dataclass(slots=True)
class Delivery:
    """The readable part of a batch: signals by the digest of the message they came in, and reminders."""

    signals: dict[str, list[Signal]] = field(default_factory=dict)
    reminders: set[int] = field(default_factory=set)
    regroups: bool = False  # calls between services are known that were not


@batch(WORD)
def handler(messages: Sequence[Message]) -> set[str]:
    """Takes every signal in, then looks at what is open if it is time; all or nothing is tried again."""
    delivery = _read(messages)
    digests: list[str] = []
    portion: list[Signal] = []
    touched: dict[str, Incident] = {}
    for digest, signals in delivery.signals.items():
        if portion and len(portion) + len(signals) > TOGETHER:
            touched |= _take(portion, digests)
            digests, portion = [], []
        digests.append(digest)
        portion += signals
    if portion:
        touched |= _take(portion, digests)
    if delivery.regroups or delivery.reminders:
        regrouping.regroup()
    rounds.work_round_with_cold_storage(_look)
    if delivery.reminders:
        touched |= kept.incidents(_remind_again(delivery.reminders))
    metric_evidence.weigh(touched.values())
    return set()


def _read(messages: Sequence[Message]) -> Delivery:
    delivery = Delivery()
    for message in messages:
        try:
            due = signal_messages.reminder(message.body)
            if due is not None:
                delivery.reminders.add(due)
            elif signal_messages.is_regrouping(message.body):
                delivery.regroups = True
            else:
                digest = content_id([message.body.encode()], size=6)
                delivery.signals[digest] = signal_messages.signals(message.body)
        except Malformed as fault:
            log.warning("message is no signal", reason=fault.detail)
            add_counts(WORD, {("signals_refused_total", ()): 1})
    return delivery


def _take(signals: Sequence[Signal], digests: Sequence[str]) -> dict[str, Incident]:
    """One round for these signals; in parts if it would write more than a transaction holds.

    Returns the incidents it changed.
    """
    try:
        outcome = _round(signals, digests)
    except RoundTooLarge as error:
        if len(signals) == 1:
            raise
        size = -(-len(signals) // error.parts)
        parts = (_take(signals[start : start + size], ()) for start in range(0, len(signals), size))
        return {name: one for part in parts for name, one in part.items()}
    if outcome is None:
        return {}
    counts = {"signals_correlated_total": len(signals), "signals_folded_total": outcome.folded}
    add_counts(WORD, {(name, ()): count for name, count in (counts | {"signals_moved_total": outcome.moved}).items()})
    touched = dict(outcome.incidents)
    while outcome and len(signals) == 1 and len(outcome.incidents) >= MANY:
        outcome = _round(signals, ())
        touched |= outcome.incidents if outcome else {}
    return touched


def _round(signals: Sequence[Signal], digests: Sequence[str]) -> Outcome | None:
    deployments = {signal.fingerprint: signal for signal in signals if signal.kind == "deployment"}

    def work(board: Board, cold: ColdStorage, now_ms: int) -> Outcome | None:
        if digests and set(digests) <= set(board.heard):
            return None
        rules = rounds.rules(board.calls)
        taken, moved = cold.admitted(board, signals, now_ms)
        board, fresh = cold.with_concerned(board, taken, rules)
        plan = correlate(board, fresh, now_ms, rules)
        if not plan.changed and (len(signals) > 1 or not plan.groups):
            return None
        written = len(deployments) + len(plan.groups) + sum(len(group.merged) for group in plan.groups)
        if written > WRITTEN and len(signals) > 1:
            raise RoundTooLarge(f"The round has {written} incidents; the limit is {WRITTEN}.", -(-written // WRITTEN))
        within(plan, WRITTEN)
        known = kept.incidents(plan.incidents)
        outcome = applied(board, plan, known, now_ms, rules)
        outcome.moved = moved
        outcome.board = outcome.board.model_copy(update={"heard": heard(outcome.board, digests)})
        return outcome

    return rounds.work_round_with_cold_storage(work, tuple(deployments.values()))


def _look(board: Board, cold: ColdStorage, now_ms: int) -> Outcome | None:
    if not is_due(board, now_ms):
        return None
    rules = rounds.rules(board.calls)
    board = cold.with_stirring(board, _cleared, now_ms, rules)
    found = look(board, _cleared(firing_anomalies(board)), now_ms, rules)
    known = kept.incidents({*found.resolved, *found.unacknowledged})
    return looked(board, found, known, now_ms)


def _cleared(anomalies: Sequence[str]) -> dict[str, int]:
    """When those of the anomalies that have cleared did."""
    known = wiring.anomalies().known(anomalies) if anomalies else {}
    return {name: to_ms(one.cleared_at) for name, one in known.items() if one.cleared_at is not None}


def _remind_again(reminders: set[int]) -> list[str]:
    """A reminder that came too early, because a delay ends at fifteen minutes or clocks differ, is sent again.

    Returns the incidents whose metrics are to be asked once more.
    """
    board, _ = kept.board()
    now_ms = clock.now_ms()
    if board.has_open and board.look_ms in reminders:
        wiring.signal_queue().remind(board.look_ms, max(1, (board.look_ms - now_ms) // 1000))
    if not rounds.rules(board.calls).edges:
        return []
    return asked_again(board, now_ms)
