"""A service graph among the samples tells the running platform whose incidents belong together."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.e2e.conftest import Client, eventually

pytestmark = pytest.mark.e2e


def alert(service: str) -> dict[str, Any]:
    one = {
        "status": "firing",
        "labels": {"alertname": "Slow", "service": service, "severity": "warning"},
        "annotations": {"summary": f"{service} is slow"},
        "startsAt": datetime.now(UTC).isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": f"slow-{service}",
    }
    return {"version": "4", "alerts": [one]}


def calling(client: str, server: str) -> dict[str, Any]:
    """A sample of Tempo's service graph."""
    labels = {"job": "tempo", "client": client, "server": server}
    now = datetime.now(UTC).isoformat()
    return {"timestamp": now, "metric_name": "traces_service_graph_request_total", "value": 7.0, "labels": labels}


def standing(client: Client) -> list[list[str]]:
    items = client.get("/api/v1/incidents")["items"]
    return sorted(one["services"] for one in items if one["status"] == "open")


def test_incidents_of_services_that_turn_out_to_call_each_other_become_one(client: Client) -> None:
    for service in ("web", "db", "elsewhere"):
        assert client.post("/api/v1/alerts", alert(service)).status == 202
    apart = eventually(lambda: standing(client), lambda found: len(found) == 3)
    assert apart == [["db"], ["elsewhere"], ["web"]]
    assert client.post("/ingest/metrics", calling("web", "db")).status == 202
    together = [["db", "web"], ["elsewhere"]]
    assert eventually(lambda: standing(client), together.__eq__) == together
