"""An analysis and what is remembered put on an incident; the board owes a fact of it where it is news."""

from inframind.incidents.board import Board, worst
from inframind.incidents.lifecycle import told
from inframind.incidents.outcome import Outcome, owe, with_look
from inframind.records import from_ms
from inframind.signals import Analysis, Incident, PastIncident

ANALYSED, REMEMBERED = "analysed", "remembered"


def concluded(
    board: Board, incident: Incident, found: tuple[Analysis | None, tuple[PastIncident, ...]], now_ms: int
) -> Outcome | None:
    """The incident with the analysis (None: it keeps the one it has) and with what is like it; None if that is no news.

    The incident may have become worse since the model was asked: its analysis is no milder than it is.
    """
    analysis, similar = found
    if incident.status == "merged":
        return None
    after = incident
    if analysis is not None:
        analysis = analysis.model_copy(update={"severity": worst([analysis.severity, incident.severity])})
    if analysis is not None and analysis != incident.analysis:
        after = told(after, now_ms, ANALYSED, f"{analysis.analyst}: {analysis.root_cause.description}")
        after = after.model_copy(update={"analysis": analysis})
    is_recalled = _names(similar) != _names(incident.similar)
    if is_recalled:
        after = after.model_copy(update={"similar": similar, "changed_at": from_ms(now_ms)})
    if after is incident:
        return None
    reason = ANALYSED if after.analysis != incident.analysis else REMEMBERED
    debts = (*board.owed, owe("changed", incident.id, reason, now_ms))
    return Outcome(with_look(board.model_copy(update={"owed": debts}), now_ms), {incident.id: after})


def _names(similar: tuple[PastIncident, ...]) -> list[str]:
    return sorted(one.knowledge_id for one in similar)
