"""Incidents as notification knows them; what cannot be read of one is set aside, and taken anew from where it lives."""

from datetime import datetime

from inframind import wiring
from inframind.errors import Damaged
from inframind.notification.notices import ENDED, compact
from inframind.signals import Incident
from inframind.usecases.damage import report


def noted(incident: Incident, now: datetime) -> Incident:
    """The newest state known of the incident, this one included."""
    state = compact(incident)
    try:
        return wiring.board().note(state, now)
    except Damaged:
        _set_aside(incident.id)
        return wiring.board().note(state, now)


def still_open(incident_id: str, now: datetime) -> Incident | None:
    """The incident, if it has not ended."""
    try:
        return wiring.board().open(incident_id)
    except Damaged:
        found = wiring.incidents().get(incident_id)  # first: an incident without a state is struck off the list
        _set_aside(incident_id)
        newest = wiring.board().note(compact(found), now) if found else None
        return newest if newest and newest.status not in ENDED else None


def _set_aside(incident_id: str) -> None:
    report("incident", [incident_id])
    wiring.board().set_aside(incident_id)
