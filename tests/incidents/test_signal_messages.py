"""A message of the signals' queue is read whole, or is malformed."""

import json
from typing import Any

import pytest

from inframind.errors import Malformed
from inframind.incidents.signal_messages import signals
from tests.contracts.signals import signal


def message(**fields: Any) -> str:
    return json.dumps({"signals": [signal("latency").model_dump(mode="json") | fields]})


@pytest.mark.parametrize(
    "fields",
    [
        {"service": "a\ud800"},
        {"labels": {"\udc00": "\ud800"}},
        {"evidence": {"template": "\ud800", "templates": [{"\ud800": 1}]}},
    ],
    ids=["service", "labels", "evidence"],
)
def test_half_a_character_becomes_a_question_mark_that_can_be_kept(fields: dict[str, Any]) -> None:
    (found,) = signals(message(**fields))
    assert "?" in found.model_dump_json()


def test_whole_characters_stay_as_they_are() -> None:
    (found,) = signals(message(title="\U0001f4a5 \\ud800"))
    assert found.title == "\U0001f4a5 \\ud800"


NO_SIGNALS = {
    "nothing": "",
    "a list": "[]",
    "a number": "7",
    "an object": "{}",
    "deep": "[" * 100_000,
    "null": '{"signals": null}',
    "a text": '{"signals": "abc"}',
    "an empty signal": '{"signals": [{}]}',
    "a fact without detail": '{"detail-type": "AnomalyFound"}',
    "a fact of nothing": '{"detail-type": "RiskRaised", "detail": []}',
    "a number without end": f'{{"look": {"9" * 5_000}}}',
}


@pytest.mark.parametrize("body", NO_SIGNALS.values(), ids=NO_SIGNALS)
def test_what_is_no_signal_is_malformed(body: str) -> None:
    with pytest.raises(Malformed):
        signals(body)
