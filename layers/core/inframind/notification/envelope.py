"""The incident in an event of the bus, as EventBridge puts it into a queue."""

import json
from typing import Any

from pydantic import ValidationError

from inframind.errors import Malformed
from inframind.facts import IncidentChanged, IncidentOpened, IncidentResolved
from inframind.signals import Incident

FACTS: dict[str, type[IncidentOpened] | type[IncidentChanged] | type[IncidentResolved]] = {
    one.__name__: one for one in (IncidentOpened, IncidentChanged, IncidentResolved)
}


def incident_of(body: str) -> Incident:
    """The incident that an event tells of. Raises `Malformed` for anything else."""
    try:
        event: Any = json.loads(body)
        return FACTS[event["detail-type"]].model_validate(event["detail"], extra="ignore").incident
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        what = f"{error.error_count()} fault(s)" if isinstance(error, ValidationError) else type(error).__name__
        raise Malformed(f"This is no fact of an incident: {what}.") from error
