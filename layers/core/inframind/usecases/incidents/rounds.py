"""One round of work on incidents, for whoever does it: the board read, changed and told of, or begun again.

What a round changes and the facts that it owes are one conditional write; then the facts are announced, and the debt is
struck out. What a crash left owing is announced by whoever comes next, before anything else, under the same ids.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from inframind import wiring
from inframind.entry import logger
from inframind.errors import Conflict, Unavailable
from inframind.incidents.announcing import fact_of
from inframind.incidents.board import Board, Owed
from inframind.incidents.correlation.load_shedding import fitted
from inframind.incidents.outcome import Outcome
from inframind.incidents.rules import Rules
from inframind.ports.incidents import Round
from inframind.ports.paging import CounterKey
from inframind.redaction import redacted
from inframind.settings import settings
from inframind.signals import Incident, Signal
from inframind.usecases import clock
from inframind.usecases.counters import add_counts
from inframind.usecases.incidents import kept
from inframind.usecases.incidents.cold_storage import ColdStorage
from inframind.usecases.topology.service_graph import Reader

MAX_TRIES = 8  # to write a board that others write as well

Work = Callable[[Board, ColdStorage, int], Outcome | None]

log = logger("incidents")
_known = Reader()


def rules(calls: int = 0) -> Rules:
    """When signals are an incident, as this deployment is configured.

    The edges are the calls that are configured, learnt and declared, from a graph no older than version `calls`.
    """
    now = settings()
    known = _known.current(calls)
    return Rules(
        window_s=now.incident_window_seconds,
        least_signals=now.incident_least_signals,
        least_alerts=now.incident_least_alerts,
        edges=known.edges(now.service_calls),
        calls=known.version,
    )


def work_round(work: Callable[[Board, int], Outcome | None]) -> Outcome | None:
    """Does the work on the board as it is, once; None if there was nothing to change.

    `work(board, now_ms)` is called again where someone else was faster. Raises what it raises.
    """
    return work_round_with_cold_storage(lambda board, _cold, now_ms: work(board, now_ms))


def work_round_with_cold_storage(work: Work, deployments: Sequence[Signal] = ()) -> Outcome | None:
    """The same for work that takes out of cold storage what was demoted; `deployments` are kept as well."""
    for _ in range(MAX_TRIES):
        board, version = _told()
        cold = ColdStorage(board)
        outcome = work(board, cold, clock.now_ms())
        if outcome is None:
            return None
        roomy = cold.cleared(outcome.board)
        fitting = fitted(roomy)
        changed = {place: shard.to_bytes() for place, shard in cold.changed.items()}
        try:
            wiring.incidents().commit(
                Round(fitting.to_bytes(), version, tuple(outcome.incidents.values()), deployments, changed)
            )
        except Conflict:
            continue
        _count_lost(roomy, fitting)
        _told()
        return outcome
    raise Unavailable(f"The board of incidents was written by others {MAX_TRIES} times in succession.")


def _count_lost(before: Board, after: Board) -> None:
    lost = len(before.conditions) - len(after.conditions)
    if lost:
        log.warning("board is full", conditions=len(after.conditions), lost=lost, incidents=len(after.open))
        add_counts("incidents", {("conditions_lost_total", ()): lost})


def _told() -> tuple[Board, int]:
    """The board as it is, once everything that it owes has been announced: by this process each thing once.

    Who strikes a debt out has announced it, and may find that the board has moved on meanwhile. Two processes that read
    the same debt both announce it, under one id, by which listeners drop the second: a claim beforehand would cost
    every round one more write of the board, and whoever died with it would hold the news up.
    """
    known: dict[str, Incident] = {}
    told: set[str] = set()
    reminded = 0
    while True:
        board, version = kept.board()
        if not board.owed and not board.look_is_owed:
            return board, version
        fresh = [owed for owed in board.owed if owed.id not in told]
        known |= kept.incidents({owed.incident for owed in fresh})
        _announce(fresh, known)
        told |= {owed.id for owed in fresh}
        if board.look_is_owed and board.look_ms != reminded:
            wiring.signal_queue().remind(board.look_ms, max(0, board.look_ms - clock.now_ms()) // 1000)
            reminded = board.look_ms
        settled = board.model_copy(update={"owed": (), "look_is_owed": False})
        try:
            version = wiring.incidents().commit(Round(settled.to_bytes(), version))
        except Conflict:
            continue
        _count(board.owed, known)
        return settled, version


def _announce(debts: Sequence[Owed], known: Mapping[str, Incident]) -> None:
    wiring.facts().announce([fact_of(owed, known[owed.incident]) for owed in debts if owed.incident in known])
    for owed in debts:
        if owed.incident in known:
            _log(owed.kind, owed.reason, known[owed.incident])


def _count(told: Sequence[Owed], known: Mapping[str, Incident]) -> None:
    """Counts incidents that have begun and ended, by whoever strikes out the debt."""
    counts: Counter[CounterKey] = Counter()
    for owed in told:
        if owed.kind == "opened" and owed.incident in known:
            counts["incidents_opened_total", (("severity", known[owed.incident].severity),)] += 1
        elif owed.kind == "resolved":
            counts["incidents_resolved_total", ()] += 1
        elif owed.reason == "merged" and owed.incident in known and known[owed.incident].status == "merged":
            counts["incidents_merged_total", ()] += 1
    add_counts("incidents", counts)


def _log(kind: str, reason: str, incident: Incident) -> None:
    first = incident.suspects[0].subject if incident.suspects else "no clear cause"
    log.info(
        f"incident {kind}",
        event=f"incident {kind}",
        incident=incident.id,
        reason=reason,
        severity=incident.severity,
        services=[redacted(name) for name in incident.services[:5]],
        signals=incident.signal_count,
        cause=redacted(first),
        title=redacted(incident.title),
    )
