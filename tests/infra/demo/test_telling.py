"""Tests of what the demonstration prints: nothing that was not planted is called found."""

from datetime import UTC, datetime, timedelta
from typing import Any

from infra.demo import telling

FAULT_AT = datetime(2026, 1, 11, 11, 0, tzinfo=UTC)
PLANTED = frozenset({("db-1", "cpu_usage")})


def anomaly(resource: str, seconds: int, severity: str = "medium", z: float = 2.0) -> dict[str, Any]:
    return {
        "resource_id": resource,
        "metric_name": "cpu_usage",
        "detected_at": (FAULT_AT + timedelta(seconds=seconds)).isoformat(),
        "severity": severity,
        "z_score": z,
        "explanation": f"cpu_usage of {resource} jumped up.",
    }


def test_everything_before_the_fault_is_a_false_alarm_even_of_a_planted_series() -> None:
    found = [anomaly("db-1", -60), anomaly("web-1", -30, "high", 3.1), anomaly("web-2", -15, "high", -3.9)]
    lines = telling.quiet_hours(found, FAULT_AT)
    assert lines[0] == "Before the fault: 3 false alarms (1 medium, 2 high). The loudest:"
    assert lines[1].split() == ["high", "web-2", "cpu_usage"]
    assert telling.missed(found, FAULT_AT, PLANTED) == [("db-1", "cpu_usage")]


def test_what_was_planted_is_told_with_its_delay_and_the_rest_is_a_false_alarm() -> None:
    found = [anomaly("web-1", 45), anomaly("db-1", 15, "critical", 9.0), anomaly("web-2", -15)]
    lines = telling.from_fault_on(found, FAULT_AT, PLANTED)
    assert lines[0] == "From the fault on: 2 found."
    assert lines[1].endswith("15 s after the fault")
    assert lines[3].endswith("a false alarm")
    assert telling.missed(found, FAULT_AT, PLANTED) == []


def test_an_alarm_at_the_first_sample_is_said_to_be_so() -> None:
    assert telling.from_fault_on([anomaly("db-1", 0)], FAULT_AT, PLANTED)[1].endswith(
        "at the first sample of the fault"
    )
