"""An incident with its suspects and the analysis by rules; anew, where stored metrics say more."""

from inframind.incidents.analyst.rule_based import analyse
from inframind.incidents.board import Board, worst
from inframind.incidents.cause.signal_ranking import suspects
from inframind.incidents.lifecycle import told
from inframind.incidents.outcome import Outcome, owe
from inframind.incidents.rules import Rules
from inframind.records import from_ms
from inframind.signals import Incident, Measurement

STORY = 300  # characters of a line of a story


def diagnosed(incident: Incident, rules: Rules) -> Incident:
    """The incident with its suspects, and the analysis by rules unless a better one is there."""
    ranked = incident.model_copy(update={"suspects": suspects(incident, rules.edges)})
    if ranked.analysis is not None and ranked.analysis.analyst != "rules":
        severity = worst([ranked.analysis.severity, ranked.severity])
        return ranked.model_copy(update={"analysis": ranked.analysis.model_copy(update={"severity": severity})})
    return ranked.model_copy(update={"analysis": analyse(ranked)})


def weighed(
    board: Board, incident: Incident, measurements: tuple[Measurement, ...], now_ms: int, rules: Rules
) -> Outcome:
    """The incident suspected anew by what stored metrics say; a new first suspect is told of."""
    after = diagnosed(incident.model_copy(update={"measurements": measurements, "changed_at": from_ms(now_ms)}), rules)
    if not after.suspects or _first(after) == _first(incident):
        return Outcome(board, {after.id: after})
    after = told(after, now_ms, "cause", f"By its metrics: {after.suspects[0].reason}"[:STORY])
    debts = (*board.owed, owe("changed", after.id, "cause", now_ms))
    return Outcome(board.model_copy(update={"owed": debts}), {after.id: after})


def _first(incident: Incident) -> tuple[str, str] | None:
    return (incident.suspects[0].subject, incident.suspects[0].kind) if incident.suspects else None
