"""Alertmanager's webhook becomes signals."""

import json
from copy import deepcopy
from typing import Any

import pytest

from inframind.errors import Rejected
from inframind.ingestion.alertmanager import answer, read
from inframind.ingestion.json_entry import Clock
from inframind.ingestion.signal_wire import WEBHOOK
from inframind.records import from_ms
from inframind.signals import Signal

CLOCK = Clock(1_768_127_400_000, 1_768_128_000_000)
(ALERT,) = WEBHOOK["alerts"]


def taken(*alerts: Any) -> tuple[list[Signal], list[str]]:
    signals, faults = read(json.dumps(WEBHOOK | {"alerts": list(alerts)}).encode(), CLOCK)
    return signals, [fault.where for fault in faults]


def one(**changes: Any) -> Signal:
    ((signal,), faults) = taken(deepcopy(ALERT) | changes)
    assert faults == []
    return signal


def test_a_firing_alert_is_a_signal_with_alertmanagers_fingerprint() -> None:
    signal = one()
    assert (signal.kind, signal.status, signal.fingerprint) == ("alert", "firing", "c1a0e9b3d1f04a52")
    assert (signal.service, signal.severity, signal.title) == ("auth-api", "critical", "auth-api answers slowly")
    assert signal.observed_at.isoformat() == "2025-12-28T10:00:00+00:00"


def test_a_resolved_alert_is_the_end_of_the_same_condition() -> None:
    over = one(status="resolved", endsAt="2025-12-28T10:20:00.123456789Z")
    assert (over.status, over.fingerprint) == ("resolved", one().fingerprint)
    assert over.id != one().id
    assert over.observed_at.isoformat() == "2025-12-28T10:20:00.123000+00:00"


def test_an_alert_that_is_told_again_is_the_same_signal_and_a_new_firing_is_not() -> None:
    assert one().id == one(annotations={"summary": "still"}).id
    assert one().id != one(startsAt="2025-12-28T11:00:00Z").id


@pytest.mark.parametrize(
    ("labels", "service"),
    [
        ({"service": "a", "job": "b"}, "a"),
        ({"job": "b", "instance": "c"}, "b"),
        ({"namespace": "n", "alertname": "x"}, "n"),
        ({"alertname": "x"}, "x"),
        ({}, "unknown"),
    ],
)
def test_whom_it_concerns_stands_in_the_labels(labels: dict[str, str], service: str) -> None:
    assert one(labels=labels).service == service


def test_good_alerts_beside_bad_ones_are_taken() -> None:
    signals, faults = taken(ALERT, ALERT | {"startsAt": "soon"}, ALERT | {"labels": []})
    assert len(signals) == 1
    assert faults == ["alerts[1].startsAt", "alerts[2].labels"]
    told = answer(signals, [])
    assert told == {"message": "Alerts taken", "accepted": 1, "errors": []}


@pytest.mark.parametrize("status", ["firing", "resolved"])
@pytest.mark.parametrize("time", ["2999-01-01T00:00:00Z", "0001-01-01T00:00:00Z"])
def test_no_alert_is_lost_over_a_clock_that_is_ahead_or_a_time_that_was_not_set(time: str, status: str) -> None:
    told = one(status=status, startsAt=time, endsAt=time)
    assert (told.status, told.observed_at) == (status, from_ms(CLOCK.now_ms))


def test_an_alert_from_the_future_that_is_told_again_later_is_the_same_signal() -> None:
    text = json.dumps(WEBHOOK | {"alerts": [ALERT | {"startsAt": "2027-01-01T00:00:00Z"}]}).encode()
    (first,), _ = read(text, CLOCK)
    (again,), _ = read(text, Clock(CLOCK.now_ms + 5_000, CLOCK.horizon_ms + 5_000))
    assert first.id == again.id


def test_alerts_without_a_fingerprint_are_told_apart_by_their_labels() -> None:
    first = one(fingerprint="")
    assert first.fingerprint == one(fingerprint=None, annotations={}).fingerprint
    assert first.fingerprint != one(fingerprint="", labels=ALERT["labels"] | {"pod": "a-1"}).fingerprint
    assert one(fingerprint="", status="resolved").fingerprint == first.fingerprint


def test_of_many_faults_the_answer_names_the_first() -> None:
    signals, faults = read(json.dumps(WEBHOOK | {"alerts": [ALERT, *[{"labels": 7}] * 500]}).encode(), CLOCK)
    assert (len(faults), len(answer(signals, faults)["errors"])) == (500, 20)  # type: ignore[arg-type]


def test_no_alerts_are_nothing_to_complain_about() -> None:
    assert taken() == ([], [])


@pytest.mark.parametrize("document", [{}, {"version": "3", "alerts": []}, {"version": "4"}, WEBHOOK | {"alerts": [7]}])
def test_what_is_no_webhook_of_version_four_is_refused(document: Any) -> None:
    text = {"alerts": [{"startsAt": "soon"}], "version": "4"} if document.get("alerts") == [7] else document
    with pytest.raises(Rejected):
        read(json.dumps(text).encode(), CLOCK)


def test_an_alert_of_any_size_stays_small() -> None:
    big = "x" * 100_000
    signal = one(labels={f"label_{n:04}": big for n in range(500)}, annotations={"summary": big, "description": big})
    assert len(signal.model_dump_json()) < 8_192
