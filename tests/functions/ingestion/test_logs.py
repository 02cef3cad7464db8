"""Log lines through the door: what is answered, and what stands in the queue."""

import gzip
import json
from base64 import b64encode
from collections.abc import Callable
from types import ModuleType

import pytest
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

from inframind import wiring
from inframind.frames import from_text
from inframind.http.ingestion.log_contract import OTLP_EXAMPLE
from inframind.ingestion import otlp_wire
from inframind.ingestion.logs.lines import LogLine
from inframind.ingestion.logs.packing import unpack
from inframind.ingestion.logs.wire import ENTRY
from tests.conftest import Account
from tests.functions.ingestion.conftest import KEY, READER, post
from tests.http_events import Answer, ask, event

JSON_PATHS = ("/api/v1/logs/ingest", "/ingest/logs")


def post_bytes(api: ModuleType, path: str, body: bytes, **headers: str) -> Answer:
    made = event("POST", path, key=KEY)
    made["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
    return ask(api.handler, made | {"body": b64encode(body).decode(), "isBase64Encoded": True})


def queued(aws: Account) -> list[LogLine]:
    sqs, found = aws.client("sqs"), []
    url = aws.environment["LOGS_QUEUE_URL"]
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [line for message in messages for line in unpack(from_text(message["Body"])).lines]
    return found


@pytest.mark.parametrize("path", JSON_PATHS)
def test_the_seeds_entry_is_taken_and_queued(api: ModuleType, aws: Account, path: str) -> None:
    answer = post(api, path, ENTRY)
    assert (answer.status, answer.json) == (202, {"message": "Log ingested", "service": "auth-api"})
    assert [(line.service, line.level, line.message) for line in queued(aws)] == [
        ("auth-api", "ERROR", "Database timeout")
    ]


@pytest.mark.parametrize("path", JSON_PATHS)
def test_good_entries_are_kept_beside_bad_ones(api: ModuleType, aws: Account, path: str) -> None:
    answer = post(api, path, {"logs": [ENTRY, {"service": "web"}, ENTRY | {"level": "loud"}, ENTRY]})
    assert (answer.status, answer.json["accepted"], answer.json["rejected"]) == (202, 2, 2)
    assert [fault["where"] for fault in answer.json["errors"]] == ["logs[1].message", "logs[2].level"]
    assert len(queued(aws)) == 2
    counts = wiring.counters().read()
    assert (counts["log_lines_ingested_total", ()], counts["log_lines_rejected_total", ()]) == (2.0, 2.0)


def test_where_nothing_could_be_taken_it_is_a_422_with_the_faults(api: ModuleType, aws: Account) -> None:
    answer = post(api, "/ingest/logs", [{"service": "web"}])
    assert (answer.status, answer.json["errors"][0]["where"]) == (422, "logs[0].message")
    assert queued(aws) == []


def test_otlp_is_answered_in_its_encoding_with_what_was_refused(api: ModuleType, aws: Account) -> None:
    assert post(api, "/v1/logs", OTLP_EXAMPLE).json == {}
    request = otlp_wire.parsed(json.dumps(OTLP_EXAMPLE).encode(), otlp_wire.JSON, otlp_wire.LOGS)
    request.resource_logs[0].scope_logs[0].log_records.add()
    body = gzip.compress(request.SerializeToString())
    answer = post_bytes(api, "/v1/logs", body, content_type=otlp_wire.PROTOBUF, content_encoding="gzip")
    assert (answer.status, answer.headers["content-type"]) == (200, otlp_wire.PROTOBUF)
    told = otlp_wire.LOGS.message("Response").FromString(answer.body)
    assert told.partial_success.rejected_log_records == 1
    assert [line.message for line in queued(aws)] == ["Database timeout"] * 2


def test_otlp_errors_are_status_messages(api: ModuleType) -> None:
    answer = post_bytes(api, "/v1/logs", b"\xff", content_type=otlp_wire.PROTOBUF)
    assert (answer.status, Status.FromString(answer.body).code) == (400, 3)


def test_a_bomb_is_refused_with_the_limit(api: ModuleType) -> None:
    bomb = gzip.compress(b" " * 20_000_000)
    answer = post_bytes(api, "/v1/logs", bomb, content_type=otlp_wire.PROTOBUF, content_encoding="gzip")
    assert answer.status == 413


@pytest.mark.parametrize("path", [*JSON_PATHS, "/v1/logs"])
@pytest.mark.parametrize(("key", "status"), [("", 401), (READER, 403)])
def test_only_keys_that_may_send_may(api: ModuleType, aws: Account, path: str, key: str, status: int) -> None:
    assert post(api, path, ENTRY, key=key).status == status
    assert queued(aws) == []


SENDING: dict[str, Callable[[ModuleType], Answer]] = {
    "json": lambda api: post(api, "/ingest/logs", ENTRY),
    "otlp": lambda api: post(api, "/v1/logs", OTLP_EXAMPLE),
}


@pytest.mark.parametrize("kind", SENDING)
def test_a_queue_that_fails_is_503_with_retry_after(api: ModuleType, aws: Account, kind: str) -> None:
    aws.client("sqs").delete_queue(QueueUrl=aws.environment["LOGS_QUEUE_URL"])
    answer = SENDING[kind](api)
    assert answer.status == 503
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("kind", SENDING)
def test_a_bug_is_503_and_never_500(api: ModuleType, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(api, "queue_lines", None)
    answer = SENDING[kind](api)
    assert (answer.status, answer.headers["retry-after"]) == (503, "30")


@pytest.mark.parametrize("kind", SENDING)
def test_a_request_sent_twice_is_the_same_package_twice(api: ModuleType, aws: Account, kind: str) -> None:
    SENDING[kind](api)
    once = queued(aws)
    SENDING[kind](api)
    assert queued(aws) == once
