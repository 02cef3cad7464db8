"""Debian's Alertmanager posts its webhook to the platform: what fires is one incident, and what resolves is noted."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.harness import Platform
from inframind.incidents.board import Board, Condition
from tests.e2e.alertmanager import Alertmanager, alertmanager
from tests.e2e.conftest import Client, eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        shutil.which("prometheus-alertmanager") is None, reason="needs Debian's package prometheus-alertmanager"
    ),
]

ALERTS = [
    {"alertname": "HighLatency", "service": "checkout", "severity": "critical"},
    {"alertname": "HighErrorRate", "service": "checkout", "severity": "warning"},
    {"alertname": "PodRestarts", "service": "checkout", "severity": "warning", "pod": "checkout-1"},
    {"alertname": "PodRestarts", "service": "checkout", "severity": "warning", "pod": "checkout-2"},
]


@pytest.fixture
def sender(tmp_path: Path, running: Platform) -> Iterator[Alertmanager]:
    with alertmanager(tmp_path, running.url, running.key) as one:
        yield one


def incidents(client: Client, service: str) -> list[dict[str, Any]]:
    items = client.get("/api/v1/incidents", service=service)["items"]
    return [client.get(f"/api/v1/incidents/{item['id']}") for item in items]


def test_alerts_of_one_service_are_one_incident_and_each_is_told_of_when_it_is_over(
    running: Platform, client: Client, sender: Alertmanager
) -> None:
    sender.tell(*ALERTS)
    found = eventually(
        lambda: incidents(client, "checkout"), lambda those: sum(len(one["signals"]) for one in those) == len(ALERTS)
    )
    assert len(found) == 1, (found, sender.printed)
    (incident,) = found
    assert (incident["severity"], incident["status"], incident["signal_count"]) == ("critical", "open", 4)
    assert {one["labels"]["alertname"] for one in incident["signals"]} == {one["alertname"] for one in ALERTS}
    assert incident["signals"][0]["title"].endswith("at checkout")

    sender.tell(*ALERTS, resolved=True)
    over = eventually(lambda: [one.is_over for one in conditions(running, incident["id"])], all)
    assert over == [True] * len(ALERTS), sender.printed
    (after,) = incidents(client, "checkout")
    assert (after["id"], after["status"], after["signal_count"]) == (incident["id"], "open", 4)  # held for flapping


def test_alerts_of_another_service_are_another_incident(client: Client, sender: Alertmanager) -> None:
    latency = {"alertname": "HighLatency", "service": "billing", "severity": "critical"}
    sender.tell({"alertname": "DiskFull", "service": "warehouse", "severity": "warning"}, latency)
    (found,) = eventually(lambda: incidents(client, "warehouse"), bool)
    assert (found["services"], found["signal_count"]) == (["warehouse"], 1)


def conditions(running: Platform, incident: str) -> list[Condition]:
    """What the correlator remembers of the incident's alerts."""
    dynamodb = running.client("dynamodb")
    (table,) = [name for name in dynamodb.list_tables()["TableNames"] if "IncidentsTable" in name]
    item = dynamodb.get_item(TableName=table, Key={"pk": {"S": "board"}}, ConsistentRead=True)["Item"]
    board = Board.from_bytes(bytes(item["board"]["B"]))
    return [one for one in board.conditions.values() if one.incident == incident]
