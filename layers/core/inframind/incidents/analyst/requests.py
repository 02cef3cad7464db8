"""What stands in AnalysisQueue: facts of incidents as the bus delivers them, and requests for a look."""

import json
from typing import Any, Literal

from inframind.errors import Malformed
from inframind.incidents.analyst.concluding import ANALYSED, REMEMBERED
from inframind.records import Record

OWN = {ANALYSED, REMEMBERED}  # what the analyst itself has brought about
PASSING = {"acknowledged", "unacknowledged"}  # changes nothing that an analysis rests on


class Wanted(Record):
    """An incident to look at: because of a fact, because a look was put off, or because a person asks."""

    incident: str
    why: Literal["fact", "again", "asked"]


def wanted(body: str) -> Wanted | None:
    """What the message wants; None if it tells of a change that no analysis follows. Raises `Malformed`."""
    try:
        document: Any = json.loads(body)
        if "look_at" in document:
            return Wanted(incident=document["look_at"], why="asked" if document.get("is_asked_for") else "again")
        if document["detail-type"] in ("IncidentOpened", "IncidentChanged", "IncidentResolved"):
            fact = document["detail"]
            ignored = fact.get("reason") in OWN | PASSING
            return None if ignored else Wanted(incident=fact["incident"]["id"], why="fact")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Malformed(
            f"The message is neither a fact of an incident nor a request: {type(error).__name__}."
        ) from error
    raise Malformed("The message tells of something else.")
