"""What is learnt from an incident that is over, once somebody has said what it was."""

from typing import Literal

from inframind.incidents.knowledge.traits import traits
from inframind.records import Moment, Record
from inframind.signals import Incident

TEXT = 2_000  # characters


class Knowledge(Record):
    """What an incident was, what caused it and what helped; `traits` are what it is found again by."""

    id: str
    source: Literal["incident", "person"]
    incident_id: str | None = None
    title: str
    at: Moment
    services: tuple[str, ...] = ()
    cause: str = ""
    cause_was_right: bool | None = None
    helped: str = ""
    notes: str = ""
    traits: tuple[str, ...] = ()
    created_by: str | None = None


def learnt(incident: Incident) -> Knowledge | None:
    """What is to be remembered of the incident: nothing before it is over and somebody has said what it was."""
    if incident.status != "resolved" or (incident.feedback is None and incident.lesson is None):
        return None
    lesson = incident.lesson
    named = incident.analysis.root_cause.description if incident.analysis and incident.suspects else ""
    is_wrong = lesson is not None and lesson.cause_was_right is False
    return Knowledge(
        id=incident.id,
        source="incident",
        incident_id=incident.id,
        title=incident.title[:TEXT],
        at=incident.resolved_at or incident.changed_at,
        services=incident.services,
        cause=((lesson.cause if lesson else "") or ("" if is_wrong else named))[:TEXT],
        cause_was_right=lesson.cause_was_right if lesson else None,
        helped=(lesson.helped if lesson else "")[:TEXT],
        notes=(incident.feedback or "")[:TEXT],
        traits=traits(incident),
    )
