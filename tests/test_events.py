"""Every recorded event is what its function takes: `sam local invoke <Function> -e events/<Function>.json`."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from inframind import wiring
from inframind.platform.keys import keep
from inframind.records import Role
from tests.cloudformation import ROOT, functions
from tests.conftest import Account, load_handler

EVENTS = sorted(path.stem for path in (ROOT / "events").glob("*.json"))
KEY = "the-key-of-the-recorded-events"


def invoke(name: str) -> dict[str, Any]:
    """The function's answer to its recorded event."""
    properties = functions()[name.partition("-")[0]]
    module = load_handler(properties["CodeUri"].removeprefix("functions/"), properties["Handler"].partition(".")[0])
    event = json.loads((ROOT / f"events/{name}.json").read_text())
    return dict(module.handler(event, None))


@pytest.fixture
def world(aws: Account) -> Account:
    """An account that knows the recorded key, and the recorded samples."""
    wiring.key_store().put(keep(KEY, "recorded events", Role.ADMIN, datetime.now(UTC)))
    invoke("IngestionWriter")
    return aws


def test_every_function_has_a_recorded_event() -> None:
    assert {name.partition("-")[0] for name in EVENTS} == set(functions())


@pytest.mark.parametrize("name", EVENTS)
def test_a_recorded_event_is_answered(name: str, world: Account) -> None:
    answer = invoke(name)
    events = [event["Type"] for event in functions()[name.partition("-")[0]]["Events"].values()]
    if "HttpApi" in events:
        assert answer["statusCode"] in {200, 202, 204}, answer
    elif "SQS" in events:
        assert answer == {"batchItemFailures": []}
    else:
        assert all(isinstance(count, int) for count in answer.values())
