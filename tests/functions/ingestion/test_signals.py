"""Deployments and alerts through the door: what is answered, and what stands in the queue."""

import json
from types import ModuleType
from typing import Any

import pytest

from inframind import wiring
from inframind.ingestion.signal_wire import DEPLOYMENT, WEBHOOK
from inframind.platform.keys import key_id
from tests.conftest import Account
from tests.functions.ingestion.conftest import KEY, READER, post


def queued(aws: Account) -> list[dict[str, Any]]:
    sqs, found = aws.client("sqs"), []
    url = aws.environment["SIGNALS_QUEUE_URL"]
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [signal for message in messages for signal in json.loads(message["Body"])["signals"]]
    return found


@pytest.mark.parametrize("path", ["/api/v1/deployments", "/ingest/deployment"])
def test_a_deployment_is_taken_and_queued(api: ModuleType, aws: Account, path: str) -> None:
    answer = post(api, path, DEPLOYMENT)
    assert (answer.status, answer.json["message"]) == (202, "Deployment recorded")
    (signal,) = queued(aws)
    assert (signal["kind"], signal["service"], signal["id"]) == ("deployment", "auth-api", answer.json["id"])


@pytest.mark.parametrize("path", ["/api/v1/alerts", "/api/alerts"])
def test_alertmanagers_alerts_are_taken_and_queued(api: ModuleType, aws: Account, path: str) -> None:
    resolved = WEBHOOK["alerts"][0] | {"status": "resolved", "endsAt": "2025-12-28T10:20:00Z"}
    answer = post(api, path, WEBHOOK | {"alerts": [*WEBHOOK["alerts"], resolved]})
    assert (answer.status, answer.json["accepted"]) == (202, 2)
    signals = queued(aws)
    assert [signal["status"] for signal in signals] == ["firing", "resolved"]
    assert {signal["evidence"]["sender"] for signal in signals} == {key_id(KEY)}
    assert wiring.counters().read()[("signals_received_total", (("kind", "alert"),))] == 2


@pytest.mark.parametrize("path", ["/api/v1/deployments", "/api/v1/alerts"])
def test_what_cannot_be_read_is_refused_and_not_queued(api: ModuleType, aws: Account, path: str) -> None:
    answer = post(api, path, {"service": "auth-api"})
    assert answer.status == 422
    assert queued(aws) == []


@pytest.mark.parametrize(("key", "status"), [("", 401), (READER, 403)])
def test_only_keys_that_may_send_may(api: ModuleType, key: str, status: int) -> None:
    assert post(api, "/api/v1/deployments", DEPLOYMENT, key=key).status == status


def test_a_queue_that_fails_is_503_with_retry_after(api: ModuleType, aws: Account) -> None:
    aws.client("sqs").delete_queue(QueueUrl=aws.environment["SIGNALS_QUEUE_URL"])
    answer = post(api, "/api/v1/deployments", DEPLOYMENT)
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0
