"""What reaches the analyst is a reason to look, or none; its own work is none."""

import json

import pytest

from inframind.errors import Malformed
from inframind.facts import IncidentChanged, IncidentOpened, IncidentResolved
from inframind.incidents.analyst.requests import Wanted, wanted
from tests.incidents.hostile import broken

COMMON = {"id": "f", "occurred_at": broken().changed_at, "incident": broken()}


def on_the_bus(fact: IncidentOpened | IncidentChanged | IncidentResolved) -> str:
    return json.dumps({"detail-type": type(fact).__name__, "detail": fact.model_dump(mode="json")})


@pytest.mark.parametrize("reason", ["analysed", "remembered", "acknowledged", "unacknowledged"])
def test_what_the_analyst_did_itself_and_what_changes_nothing_is_no_reason(reason: str) -> None:
    assert wanted(on_the_bus(IncidentChanged.model_validate(COMMON | {"reason": reason}))) is None


@pytest.mark.parametrize("reason", ["grew", "rose", "merged", "feedback", "cause"])
def test_what_changes_an_incident_is_a_reason(reason: str) -> None:
    found = wanted(on_the_bus(IncidentChanged.model_validate(COMMON | {"reason": reason})))
    assert found == Wanted(incident="inc-1", why="fact")


def test_an_opening_and_an_end_are_reasons() -> None:
    for fact in (IncidentOpened.model_validate(COMMON), IncidentResolved.model_validate(COMMON)):
        assert wanted(on_the_bus(fact)) == Wanted(incident="inc-1", why="fact")


@pytest.mark.parametrize(
    "body", ["", "[]", "7", "{}", '{"detail-type": "AnomalyFound", "detail": {}}', '{"look_at": []}']
)
def test_what_is_neither_is_malformed(body: str) -> None:
    with pytest.raises(Malformed):
        wanted(body)
