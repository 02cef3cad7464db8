"""SLA risk and status, asked for over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest

from inframind import wiring
from inframind.frames import Frame
from inframind.platform.keys import keep
from inframind.ports.risk import KeptRisk
from inframind.records import RiskLevel, Role, to_ms
from tests.conftest import Account, load_handler
from tests.contracts.anomalies import anomaly
from tests.http_events import Answer, ask, event

VIEWER, SENDER = "a viewer's key", "a sender's key"


@pytest.fixture
def handler(aws: Account) -> Any:
    for token, role in ((VIEWER, Role.VIEWER), (SENDER, Role.INGEST)):
        wiring.key_store().put(keep(token, token, role, datetime.now(UTC)))
    return load_handler("risk", "api").handler


def get(handler: Any, path: str, key: str = VIEWER) -> Answer:
    return ask(handler, event("GET", path, key=key))


def send(resource: str, metric: str, values: list[float], *, age_s: int = 5, every_s: int = 20) -> None:
    """The values, the newest some seconds old."""
    newest = to_ms(datetime.now(UTC)) - 1000 * age_s
    times = newest - 1000 * every_s * np.arange(len(values), dtype=np.int64)[::-1]
    frame = Frame(resource, (metric.encode(),), times, np.array(values)[:, None])
    wiring.series_store().write([frame], datetime.now(UTC))


def risk(handler: Any, resource: str, query: str = "") -> Answer:
    return get(handler, f"/api/v1/sla/{quote(resource, safe='')}/risk{query}")


def test_the_seeds_signals_are_answered_as_printed(handler: Any) -> None:
    send("server-001", "cpu_usage", [40.0, 41.0] * 4 + [40.0] + [81.0, 82.0] * 5 + [99.0])
    answer = risk(handler, "server-001", "?lookback_minutes=15")
    assert answer.status == 200
    assert answer.json == {
        "status": "OK",
        "resource_id": "server-001",
        "risk_score": 0.73,
        "risk_level": "HIGH",
        "signals": [
            {"name": "anomaly_presence", "value": 1.0, "weight": 0.4, "contribution": 0.4},
            {
                "name": "threshold_breach_rate",
                "value": 0.55,
                "weight": 0.6,
                "contribution": 0.33,
                "details": "11/20 metrics exceeded thresholds",
            },
        ],
        "explanation": "High risk: 73% risk score. Anomaly detected (40% contribution). "
        "Threshold breach rate: 55% (33% contribution).",
    }
    counted = wiring.counters().read()
    assert (counted[("sla_risk_checks_total", ())], counted[("sla_high_risk_total", ())]) == (1, 1)


def test_only_the_period_looked_back_on_counts(handler: Any) -> None:
    send("a", "cpu_usage", [99.0] * 20, age_s=900)
    send("a", "cpu_usage", [50.0] * 4)
    assert risk(handler, "a").json["signals"][1]["details"] == "0/4 metrics exceeded thresholds"
    assert (
        risk(handler, "a", "?lookback_minutes=60").json["signals"][1]["details"] == "20/24 metrics exceeded thresholds"
    )


def test_what_the_scorer_found_in_the_period_is_an_anomaly_too(handler: Any) -> None:
    send("a", "latency_ms", [50.0] * 4)
    assert risk(handler, "a").json["risk_score"] == 0.0
    now = datetime.now(UTC)
    old = anomaly(1, "a", detected_at=now - timedelta(minutes=11))
    wiring.anomalies().put([old, anomaly(2, "b", detected_at=now)])
    assert risk(handler, "a").json["risk_score"] == 0.0
    wiring.anomalies().put([anomaly(3, "a", detected_at=now - timedelta(minutes=1), score=1.5)])
    assert risk(handler, "a").json["signals"][0] == {
        "name": "anomaly_presence",
        "value": 0.75,
        "weight": 0.4,
        "contribution": 0.3,
    }


def test_hundreds_of_metrics_without_a_limit_are_left_to_the_scorer(handler: Any) -> None:
    for i in range(30):
        send("node", f"node_metric_{i}", [1.0, 1.1, 1.0, 1.1, 50.0])
    assert risk(handler, "node").json["risk_level"] == "LOW"


def test_a_silent_resource_has_no_data_and_an_unknown_one_is_not_found(handler: Any) -> None:
    send("a", "cpu_usage", [99.0], age_s=900)
    assert risk(handler, "a").json == {
        "status": "INSUFFICIENT_DATA",
        "resource_id": "a",
        "risk_score": 0.0,
        "risk_level": "LOW",
        "signals": [],
        "explanation": "Not enough data: nothing arrived in the period looked back on.",
    }
    assert risk(handler, "nobody").status == 404


@pytest.mark.parametrize("minutes", ["0", "61", "ten"])
def test_a_period_that_makes_no_sense_is_refused(handler: Any, minutes: str) -> None:
    answer = risk(handler, "a", f"?lookback_minutes={minutes}")
    assert (answer.status, answer.json["errors"][0]["where"]) == (422, "query.lookback_minutes")


def test_limits_and_weights_are_the_deployments(handler: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISK_CPU_THRESHOLD", "30")
    monkeypatch.setenv("RISK_BREACH_WEIGHT", "0.5")
    wiring.reset()
    send("a", "cpu_usage", [20.0, 40.0])
    assert risk(handler, "a").json["risk_score"] == 0.25


@pytest.mark.parametrize("resource", ["server 1", "höst/ü", "a/risk/b", "10.0.0.1:9100"])
def test_a_resource_may_be_called_anything(handler: Any, resource: str) -> None:
    send(resource, "cpu_usage", [50.0])
    named = quote(resource, safe="")
    for path in (f"sla/{named}/risk", f"sla/{named}/status", f"monitoring/sla?resource_id={named}"):
        assert get(handler, f"/api/v1/{path}").json["resource_id"] == resource


def test_status_holds_the_latest_values_against_their_limits(handler: Any) -> None:
    send("a", "cpu_usage", [99.0, 50.0])
    send("a", "memory_usage", [95.0])
    send("a", "gpu_usage", [95.0], age_s=3700)
    answer = get(handler, "/api/v1/sla/a/status").json
    assert answer["status"] == "BREACHED"
    assert [(one["metric"], one["value"], one["compliant"]) for one in answer["metrics"]] == [
        ("cpu_usage", 50.0, True),
        ("memory_usage", 95.0, False),
    ]
    assert answer["risk_level"] is None
    wiring.risks().move("a", None, KeptRisk(RiskLevel.MEDIUM, datetime.now(UTC)))
    assert get(handler, "/api/v1/monitoring/sla?resource_id=a").json["risk_level"] == "MEDIUM"


def test_the_status_of_an_unknown_resource_is_not_found_and_of_none_refused(handler: Any) -> None:
    assert get(handler, "/api/v1/sla/nobody/status").status == 404
    assert get(handler, "/api/v1/monitoring/sla").status == 422


@pytest.mark.parametrize("path", ["sla/a/risk", "sla/a/status", "monitoring/sla?resource_id=a"])
def test_reading_needs_a_viewers_key(handler: Any, path: str) -> None:
    assert get(handler, f"/api/v1/{path}", key="").status == 401
    assert get(handler, f"/api/v1/{path}", key=SENDER).status == 403


def test_a_table_that_fails_is_a_503_with_a_time_to_wait(handler: Any, aws: Account) -> None:
    aws.client("dynamodb").delete_table(TableName=aws.environment["SERIES_TABLE"])
    answer = risk(handler, "a")
    assert (answer.status, "retry-after" in answer.headers) == (503, True)
