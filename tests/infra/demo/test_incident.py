"""What the demonstration prints of the incident."""

from typing import Any

from infra.demo.incident import lines, story

INCIDENT: dict[str, Any] = {
    "severity": "critical",
    "title": "api_latency_ms of auth-api: 1500, where 108 was expected",
    "timeline": [
        {"at": "2026-01-11T10:00:00Z", "kind": "deployment", "text": "v2.1.0 of auth-api"},
        {"at": "2026-01-11T10:08:00Z", "kind": "anomaly", "text": "latency"},
    ],
    "suspects": [
        {"score": 0.83, "kind": "deployment", "reason": "v2.1.0 of auth-api was deployed 8 min before latency"}
    ],
    "analysis": {
        "root_cause": {"description": "The deployment of auth-api", "confidence": 83},
        "recommended_actions": [{"action": "rollback deployment", "risk": "low"}],
    },
}


def test_an_incident_is_its_story_its_cause_and_what_was_told_of_it() -> None:
    assert lines(INCIDENT, ["CRITICAL · auth-api"]) == [
        "One incident, critical: api_latency_ms of auth-api: 1500, where 108 was expected",
        "  10:00:00  deployment: v2.1.0 of auth-api",
        "  10:08:00  anomaly: latency",
        "  cause     The deployment of auth-api (83 %)",
        "  suspect   0.83  deployment: v2.1.0 of auth-api was deployed 8 min before latency",
        "  do        rollback deployment (risk: low)",
        "Slack was told once: CRITICAL · auth-api",
    ]


def test_an_incident_of_a_list_has_no_time_line_and_is_told_all_the_same() -> None:
    assert story(INCIDENT | {"timeline": []})[:2] == [
        "One incident, critical: api_latency_ms of auth-api: 1500, where 108 was expected",
        "  cause     The deployment of auth-api (83 %)",
    ]


def test_a_message_too_many_is_not_hidden() -> None:
    assert lines(INCIDENT, ["a", "b"])[-1] == "Slack was told 2 times: a / b"


def test_silence_is_explained() -> None:
    assert lines(INCIDENT, [])[-1].startswith("Slack was not told: where there are escalations")
