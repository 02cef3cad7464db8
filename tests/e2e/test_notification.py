"""An incident on the bus of the running platform becomes one Slack message, also when it is announced twice."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.harness import Platform
from tests.adapters.servers import Server, answers, reply, serving
from tests.cloudformation import ROOT
from tests.e2e.conftest import Client, eventually

pytestmark = pytest.mark.e2e


@pytest.fixture
def slack() -> Iterator[Server]:
    with serving(answers(reply(200, b"ok"))) as server:
        yield server


def recorded() -> dict[str, Any]:
    """The recorded event of an opened incident."""
    (record,) = json.loads((ROOT / "events/NotificationSender.json").read_text())["Records"]
    event: dict[str, Any] = json.loads(record["body"])
    return event


def announce(running: Platform, event: dict[str, Any], word: str | None = None) -> None:
    entry = {
        "EventBusName": running.outputs["BusName"],
        "Source": event["source"],
        "DetailType": word or event["detail-type"],
        "Detail": json.dumps(event["detail"]),
    }
    assert running.client("events").put_events(Entries=[entry])["FailedEntryCount"] == 0


def messages(slack: Server) -> list[dict[str, Any]]:
    return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in slack.requests]


def test_an_incident_is_one_slack_message_from_open_to_resolved(
    running: Platform, client: Client, slack: Server
) -> None:
    order = {"name": "ops", "kind": "slack", "secrets": {"webhook_url": slack.url}}
    made = client.post("/api/v1/notifications/channels", order)
    assert made.status == 201, made.body
    tried = client.post(f"/api/v1/notifications/channels/{made.json['id']}/test", {})
    assert tried.json == {"delivered": True, "reason": ""}
    event = recorded()
    announce(running, event)
    eventually(lambda: len(slack.requests), lambda count: count >= 2)
    announce(running, event)
    time.sleep(4)  # longer than the queue and the sender need for one
    (_, told) = messages(slack)
    assert told["text"].startswith("🔴 CRITICAL · auth-api: latency fourteen times the usual")
    whole = json.dumps(told, ensure_ascii=False)
    for expected in ("1500 where 108 was expected, z 242.29", "roll back", "risk: low", "Logins take over a second"):
        assert expected in whole
    event["detail"]["incident"] |= {
        "status": "resolved",
        "resolved_at": "2026-01-11T11:00:00Z",
        "changed_at": "2026-01-11T11:00:00Z",
    }
    announce(running, event, "IncidentResolved")
    announce(running, event, "IncidentResolved")
    eventually(lambda: len(slack.requests), lambda count: count >= 3)
    time.sleep(4)
    assert [message["text"][:1] for message in messages(slack)[2:]] == ["✅"]
