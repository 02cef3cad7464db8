"""A service graph among the samples, or a person, tells the running platform whose incidents belong together."""

import json
import random
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.e2e.conftest import Client, eventually

pytestmark = pytest.mark.e2e

ALONE = {"web", "db", "elsewhere"}


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


def standing(client: Client, services: AbstractSet[str]) -> list[list[str]]:
    """The services of each open incident that holds any of these."""
    items = client.get("/api/v1/incidents")["items"]
    return sorted(one["services"] for one in items if one["status"] == "open" and services & set(one["services"]))


def test_incidents_of_services_that_turn_out_to_call_each_other_become_one(client: Client) -> None:
    for service in sorted(ALONE):
        assert client.post("/api/v1/alerts", alert(service)).status == 202
    apart = eventually(lambda: standing(client, ALONE), lambda found: len(found) == 3)
    assert apart == [["db"], ["elsewhere"], ["web"]]
    assert client.post("/ingest/metrics", calling("web", "db")).status == 202
    together = [["db", "web"], ["elsewhere"]]
    assert eventually(lambda: standing(client, ALONE), together.__eq__) == together


SHOP = {"till", "warehouse", "canteen"}
EDGES = "/api/v1/topology/edges"


def declare(client: Client, *edges: dict[str, str]) -> Any:
    answer = client.call("PUT", EDGES, json.dumps({"edges": edges}).encode(), Content_Type="application/json")
    assert answer.status == 200, answer.body
    return answer.json


def test_incidents_of_services_that_somebody_says_call_each_other_become_one(client: Client) -> None:
    call, none = {"caller": "till", "callee": "warehouse"}, {"caller": "till", "callee": "canteen", "state": "denied"}
    declare(client, none)
    for service in sorted(SHOP):
        assert client.post("/api/v1/alerts", alert(service)).status == 202
    apart = eventually(lambda: standing(client, SHOP), lambda found: len(found) == 3)
    assert apart == [["canteen"], ["till"], ["warehouse"]]
    assert client.post("/ingest/metrics", calling("till", "canteen")).status == 202
    said = declare(client, call)
    together = [["canteen"], ["till", "warehouse"]]
    assert eventually(lambda: standing(client, SHOP), together.__eq__) == together
    shown = client.get("/api/v1/topology", service="till")
    assert (shown["version"], shown["edges"][1]) == (said["version"], said["edges"][0])
    assert [(one["callee"], one["denied"]) for one in shown["edges"]] == [("canteen", True), ("warehouse", False)]
    recorded = {(one["action"], one["subject"]) for one in client.get("/api/v1/audit")["items"]}
    assert {("call.denied", "till>canteen"), ("call.declared", "till>warehouse")} <= recorded
    for status in (204, 404):
        assert client.call("DELETE", f"{EDGES}?caller=till&callee=canteen").status == status


CHAIN = ("front", "middle", "store")
USUAL_MS = {"front": 60.0, "middle": 25.0, "store": 6.0}
SLOWER_MS = 240.0
QUIET, FAULT = 110, 5  # minutes


def minutes(begin: datetime, rows: range, slower_ms: float) -> dict[str, Any]:
    """Latency and requests of the chain, in which each waits for the next."""
    chance = random.Random(rows.start)
    points = []
    for row in rows:
        at = (begin + timedelta(minutes=row)).isoformat()
        for service in CHAIN:
            latency = USUAL_MS[service] * chance.lognormvariate(0, 0.05) + slower_ms
            for metric, value in (("latency_ms", latency), ("rps", chance.gauss(50, 1))):
                labels = {"service": service}
                points.append({"timestamp": at, "metric_name": metric, "value": round(value, 3), "labels": labels})
    return {"metrics": points}


def test_stored_metrics_say_whom_the_front_waits_for(client: Client) -> None:
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=QUIET + FAULT)
    assert client.post("/ingest/metrics", minutes(begin, range(QUIET), 0.0)).status == 202
    for caller, callee in (("front", "middle"), ("middle", "store")):
        assert client.post("/ingest/metrics", calling(caller, callee)).status == 202
    assert eventually(lambda: client.call("GET", "/api/v1/metrics/store").status, lambda status: status == 200) == 200
    assert client.post("/ingest/metrics", minutes(begin, range(QUIET, QUIET + FAULT), SLOWER_MS)).status == 202

    def measured() -> dict[str, Any]:
        items = client.get("/api/v1/incidents", service="front")["items"]
        return dict(client.get(f"/api/v1/incidents/{items[0]['id']}")) if items else {}

    share = "% of the added time of front"

    def is_whole(one: dict[str, Any]) -> bool:
        """Whether it was measured after the last of the three had joined: before, nobody knows what front waits for."""
        found = one.get("measurements") or [{"service": None, "words": ""}]
        whole = one.get("services") == sorted(CHAIN)
        return whole and found[0]["service"] == "store" and share in found[0]["words"]

    incident = eventually(measured, is_whole)
    assert incident["services"] == sorted(CHAIN)
    first = incident["measurements"][0]
    assert (first["service"], first["score"] > 0.8) == ("store", True), incident["measurements"]
    assert share in first["words"]
    assert incident["suspects"][0]["subject"] == "store"
    assert first["id"] in incident["suspects"][0]["evidence_ids"]
