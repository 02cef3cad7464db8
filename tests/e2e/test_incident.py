"""The seed's incident, sent through the door: a deployment, eight minutes later a jump of latency and error logs."""

import json
import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.adapters.servers import Server, answers, reply, serving
from tests.e2e.conftest import Client, eventually

pytestmark = pytest.mark.e2e

SERVICE = "auth-api"
QUIET, DEPLOYED, BROKEN = 120, 8, 1  # minutes of history, minutes before the jump, when the jump was
SETTLED_S = 6.0  # longer than the queues, the correlator and the sender need for a second message


def latency(at: datetime, value: float) -> dict[str, Any]:
    labels = {"service": SERVICE, "environment": "production"}
    return {"timestamp": at.isoformat(), "metric_name": "api_latency_ms", "value": value, "labels": labels}


def quiet(minute: int) -> float:
    """108 on average, 5.74 around it: the seed's baseline."""
    return 108.0 + 5.74 * math.sqrt(2) * math.sin(2.399963 * minute)


def error_logs(now: datetime) -> list[dict[str, Any]]:
    """The error logs of half a minute."""
    return [
        {
            "timestamp": (now - timedelta(seconds=30 - number)).isoformat(),
            "level": "ERROR",
            "message": f"Database timeout after {3000 + 7 * number} ms",
            "service": SERVICE,
            "labels": {"component": "database"},
        }
        for number in range(20)
    ]


@pytest.fixture
def slack(client: Client) -> Iterator[Server]:
    """Somebody who poses as Slack, and the channel that leads there."""
    with serving(answers(reply(200, b"ok"))) as server:
        order = {"name": "ops", "kind": "slack", "secrets": {"webhook_url": server.url}}
        assert client.post("/api/v1/notifications/channels", order).status == 201
        yield server


def test_the_seeds_incident_is_one_with_the_deployment_as_its_first_cause_and_one_slack_message(
    client: Client, slack: Server
) -> None:
    now = datetime.now(UTC)
    jump = now - timedelta(minutes=BROKEN)
    history = [latency(jump - timedelta(minutes=minute), quiet(minute)) for minute in range(QUIET, 0, -1)]
    assert client.post("/ingest/metrics", {"metrics": history}).status == 202
    found = eventually(lambda: client.call("GET", f"/api/v1/metrics/{SERVICE}").status, lambda status: status == 200)
    assert found == 200

    deployment = {
        "timestamp": (jump - timedelta(minutes=DEPLOYED)).isoformat(),
        "service": SERVICE,
        "version": "v2.1.0",
        "status": "success",
        "metadata": {"commit": "abc123", "deployed_by": "ci-cd"},
    }
    assert client.post("/ingest/deployment", deployment).status == 202
    assert client.post("/ingest/metrics", latency(jump, 1500.0)).status == 202

    def whole() -> dict[str, Any]:
        items = client.get("/api/v1/incidents")["items"]
        return dict(client.get(f"/api/v1/incidents/{items[0]['id']}")) if len(items) == 1 else {}

    def kinds(incident: dict[str, Any]) -> set[str]:
        """Without the risk, which is assessed each minute of the clock and may rise meanwhile."""
        return {one["kind"] for one in incident.get("signals", ())} - {"risk"}

    def has_everything(incident: dict[str, Any]) -> bool:
        return kinds(incident) == {"deployment", "anomaly", "log_spike", "new_error_template"}

    # On a busy machine logs overtake samples: then another signal opens the incident, and its words are told.
    assert kinds(eventually(whole, lambda one: "anomaly" in kinds(one))) == {"deployment", "anomaly"}
    assert client.post("/ingest/logs", {"logs": error_logs(now)}).status == 202
    incident = eventually(whole, has_everything)
    assert has_everything(incident), incident
    assert (incident["severity"], incident["services"]) == ("critical", [SERVICE])
    assert [one["kind"] for one in incident["timeline"]][:2] == ["deployment", "anomaly"]
    assert any("Database timeout after" in one["text"] for one in incident["timeline"])
    anomaly, *_ = [one for one in incident["signals"] if one["kind"] == "anomaly"]  # later on: nothing more arrives
    assert anomaly["evidence"]["current_value"] == 1500.0
    assert anomaly["evidence"]["z_score"] == pytest.approx(242, rel=0.1)
    assert anomaly["evidence"]["deviation_percent"] > 1200
    first = incident["suspects"][0]
    assert (first["subject"], first["kind"]) == (SERVICE, "deployment")
    assert "v2.1.0 of auth-api was deployed 8 min before" in first["reason"]
    cause = incident["analysis"]["root_cause"]
    assert cause["confidence"] > 70
    assert set(cause["evidence_ids"]) <= {one["id"] for one in incident["signals"]}
    assert incident["analysis"]["recommended_actions"][0]["action"] == "rollback deployment"
    assert [item["version"] for item in client.get("/api/v1/deployments")["items"]] == ["v2.1.0"]
    told = eventually(lambda: messages(slack), bool)
    time.sleep(SETTLED_S)
    assert len(messages(slack)) == 1, messages(slack)
    assert told[0]["text"].startswith("🔴 CRITICAL · ")
    text = json.dumps(told[0])
    for expected in ("v2.1.0 of auth-api was deployed 8 min before", "rollback deployment", "1500 where 10"):
        assert expected in text


def messages(slack: Server) -> list[dict[str, Any]]:
    return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in list(slack.requests)]
