"""The door of telemetry: requests in, answers and queue messages out."""

import gzip
import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest
from fastapi.routing import APIRoute
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from moto.server import ThreadedMotoServer

from inframind import wiring
from inframind.frames import from_text, unbundle
from inframind.http import access
from inframind.identity import SeriesId
from inframind.ingestion.remote_write_schema import request_class
from tests.conftest import Account, forget, load_handler
from tests.functions.ingestion.conftest import KEY, READER, keep_keys
from tests.http_events import ask, event
from tests.ingestion.bodies import Stored, bits, snappy, stored, wire

INGEST = "/api/v1/metrics/ingest"
WRITE = "/api/v1/write"
OTLP = "/v1/metrics"
JSON_PATHS = (INGEST, "/ingest/metrics", "/api/v1/monitoring/metrics")
REMOTE_WRITE = {"content-type": "application/x-protobuf", "content-encoding": "snappy"}
V2 = {"content-type": "application/x-protobuf;proto=io.prometheus.write.v2.Request", "content-encoding": "snappy"}
UP = {"__name__": "up", "instance": "db-1:9100", "job": "node"}
UP_SERIES = SeriesId("db-1:9100", "up", (("job", "node"),))
SEED = {
    "resource_id": "server-001",
    "cpu_usage": 45.5,
    "memory_usage": 60.2,
    "gpu_usage": 30.0,
    "timestamp": "2026-01-11T10:30:00Z",
}
TOO_LATE = 2_000_000_000_000_000


def now_ms() -> int:
    return int(time.time() * 1000)


def post(path: str, body: bytes, headers: dict[str, str] | None = None, *, key: str = KEY) -> dict[str, Any]:
    """A request as API Gateway makes it of bytes: base64 for whatever is not text."""
    request = event("POST", path, route=f"POST {path}", key=key)
    request["headers"] |= headers or {}
    is_text = request["headers"]["content-type"].startswith("application/json") and b"\x1f\x8b" not in body
    return request | {"isBase64Encoded": not is_text, "body": body.decode() if is_text else b64encode(body).decode()}


def post_json(path: str, document: Any, **more: Any) -> dict[str, Any]:
    return post(path, json.dumps(document).encode(), **more)


def queued(aws: Account) -> Stored:
    sqs, url = aws.client("sqs"), aws.environment["SAMPLES_QUEUE_URL"]
    frames: list[bytes] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        frames += [frame for message in messages for frame in unbundle(from_text(message["Body"]))]
    return stored(frames)


def otlp_document(**point: Any) -> dict[str, Any]:
    point = {"timeUnixNano": str(now_ms() * 1_000_000), "asDouble": 1.5} | point
    metric = {"name": "load", "gauge": {"dataPoints": [point]}}
    service = {"key": "service.name", "value": {"stringValue": "checkout"}}
    return {"resourceMetrics": [{"resource": {"attributes": [service]}, "scopeMetrics": [{"metrics": [metric]}]}]}


@pytest.mark.parametrize("path", JSON_PATHS)
def test_the_seed_s_request_has_the_seed_s_answer(api: ModuleType, aws: Account, path: str) -> None:
    answer = ask(api.handler, post_json(path, SEED))
    assert (answer.status, answer.json) == (202, {"message": "Metric ingested", "resource_id": "server-001"})
    assert {one.metric for one in queued(aws)} == {"cpu_usage", "memory_usage", "gpu_usage"}


def test_a_batch_keeps_the_good_and_names_the_bad(api: ModuleType, aws: Account) -> None:
    answer = ask(api.handler, post_json(INGEST, {"metrics": [SEED, {"metric_name": "x"}]}))
    assert answer.status == 202
    assert answer.json == {
        "message": "Metrics ingested",
        "accepted": 1,
        "rejected": 1,
        "errors": [{"where": "metrics[1].value", "what": "must be a number"}],
    }
    assert len(queued(aws)) == 3


def test_nothing_valid_is_422_with_every_fault(api: ModuleType, aws: Account) -> None:
    answer = ask(api.handler, post_json(INGEST, {"resource_id": "", "cpu_usage": 101}))
    assert (answer.status, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [fault["where"] for fault in answer.json["errors"]] == ["resource_id"]
    assert queued(aws) == {}


def test_gzipped_json_is_taken(api: ModuleType, aws: Account) -> None:
    body = gzip.compress(json.dumps(SEED).encode())
    answer = ask(api.handler, post(INGEST, body, {"content-encoding": "gzip"}))
    assert (answer.status, len(queued(aws))) == (202, 3)


def test_gzip_that_the_gateway_took_for_text_is_400_with_the_remedy(api: ModuleType) -> None:
    spoilt = gzip.compress(json.dumps(SEED).encode()).decode(errors="replace")
    request = post_json(INGEST, SEED) | {"body": spoilt, "isBase64Encoded": False}
    request["headers"]["content-encoding"] = "gzip"
    answer = ask(api.handler, request)
    assert answer.status == 400
    assert "leave Content-Encoding out" in answer.json["detail"]


def test_remote_write_is_204_and_every_bit_arrives(api: ModuleType, aws: Account) -> None:
    at = now_ms()
    body = snappy(wire((UP, [(at, 1.0), (at + 1, -0.0)])))
    answer = ask(api.handler, post(WRITE, body, REMOTE_WRITE | {"x-prometheus-remote-write-version": "0.1.0"}))
    assert (answer.status, answer.body) == (204, b"")
    assert queued(aws) == {UP_SERIES: {at: bits(1.0), at + 1: bits(-0.0)}}


def test_remote_write_names_bad_series_and_keeps_the_good_ones(api: ModuleType, aws: Account) -> None:
    body = snappy(wire((UP, [(now_ms(), 1.0)]), ({"job": "x"}, [(now_ms(), 1.0)]), (UP, [(TOO_LATE, 1.0)])))
    answer = ask(api.handler, post(WRITE, body, REMOTE_WRITE))
    assert answer.status == 400
    assert answer.json["detail"] == "2 samples were refused; the other 1 are kept."
    assert [fault["where"] for fault in answer.json["errors"]] == ['{job="x"}', "up of db-1:9100"]
    assert len(queued(aws)[UP_SERIES]) == 1


def test_remote_write_2_says_what_was_written(api: ModuleType, aws: Account) -> None:
    request = request_class(2)(symbols=[b"", b"__name__", b"up"])
    series = request.timeseries.add(labels_refs=[1, 2])
    series.samples.add(value=1.0, timestamp=now_ms())
    series.histograms.add(count_int=3, sum=1.0, timestamp=now_ms())
    answer = ask(api.handler, post(WRITE, snappy(request.SerializeToString()), V2))
    written = {name.split("-")[4]: value for name, value in answer.headers.items() if name.endswith("-written")}
    assert (answer.status, written) == (204, {"samples": "1", "histograms": "1", "exemplars": "0"})
    assert {one.metric for one in queued(aws)} == {"up", "up_count", "up_sum"}


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"not snappy", REMOTE_WRITE, 400),
        (b"", REMOTE_WRITE, 400),
        (snappy(b"not protobuf"), REMOTE_WRITE, 400),
        (snappy(wire((UP, [(1, 1.0)])))[:-4], REMOTE_WRITE, 400),
        (snappy(wire((UP, [(1, 1.0)]))[:-4]), REMOTE_WRITE, 400),
        (snappy(b""), {"content-type": "text/plain"}, 415),
        (snappy(b""), REMOTE_WRITE | {"content-encoding": "zstd"}, 415),
        (b"\x80\x80\x80\x80\x04\0", REMOTE_WRITE, 413),
    ],
)
def test_a_body_that_is_no_remote_write_has_its_status(
    api: ModuleType, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = ask(api.handler, post(WRITE, body, headers))
    assert (answer.status, answer.json["status"]) == (status, status)


def test_a_body_over_the_limit_is_413_and_names_it(api: ModuleType) -> None:
    answer = ask(api.handler, post_json(INGEST, SEED) | {"body": "x" * 6_000_001})
    assert answer.status == 413
    assert "6000000" in answer.json["detail"]


def test_otlp_json_is_answered_in_json(api: ModuleType, aws: Account) -> None:
    answer = ask(api.handler, post_json(OTLP, otlp_document()))
    assert (answer.status, answer.headers["content-type"], answer.json) == (200, "application/json", {})
    assert list(queued(aws)) == [SeriesId("checkout", "load")]


def test_otlp_counts_refused_points(api: ModuleType, aws: Account) -> None:
    answer = ask(api.handler, post_json(OTLP, otlp_document(timeUnixNano="0")))
    assert answer.status == 200
    assert answer.json == {
        "partialSuccess": {"rejectedDataPoints": "1", "errorMessage": "load: timeUnixNano is missing"}
    }
    assert queued(aws) == {}


def test_otlp_protobuf_errors_are_status_messages(api: ModuleType) -> None:
    answer = ask(api.handler, post(OTLP, b"xx", {"content-type": "application/x-protobuf"}))
    assert (answer.status, answer.headers["content-type"]) == (400, "application/x-protobuf")
    assert Status.FromString(answer.body).code == 3
    refused = ask(api.handler, post(OTLP, b"", {"content-type": "application/x-protobuf"}, key="nobody"))
    assert (refused.status, Status.FromString(refused.body).code) == (401, 16)


@pytest.mark.parametrize("path", [*JSON_PATHS, WRITE, OTLP])
def test_no_path_is_open(api: ModuleType, aws: Account, path: str) -> None:
    body = json.dumps(SEED).encode()
    assert ask(api.handler, post(path, body, key="")).status == 401
    assert ask(api.handler, post(path, body, key="wrong")).status == 401
    assert ask(api.handler, post(path, body, key=READER)).status == 403
    assert queued(aws) == {}


def test_the_contract_describes_exactly_the_paths_that_are_answered(api: ModuleType) -> None:
    contract = load_handler("ingestion", "contract")
    described = {route.path: route for route in contract.app.routes if isinstance(route, APIRoute)}
    assert described.keys() == api.handler.routes.keys()
    for path, route in described.items():
        assert route.methods == {"POST"}
        asked = [vars(one.call) for one in route.dependant.dependencies if one.call is not None]
        roles = [names["access_role"] for names in asked if "access_role" in names]
        assert roles == [api.handler.routes[path].role]


def test_other_paths_are_404_and_other_methods_405(api: ModuleType) -> None:
    assert ask(api.handler, post_json("/api/v1/nothing", SEED)).status == 404
    answer = ask(api.handler, event("GET", INGEST, key=KEY))
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


REQUESTS: dict[str, Callable[[], dict[str, Any]]] = {
    "json": lambda: post_json(INGEST, SEED),
    "remote write": lambda: post(WRITE, snappy(wire((UP, [(now_ms(), 1.0)]))), REMOTE_WRITE),
    "otlp": lambda: post_json(OTLP, otlp_document()),
}


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_queue_that_fails_is_503_with_retry_after(api: ModuleType, aws: Account, kind: str) -> None:
    aws.client("sqs").delete_queue(QueueUrl=aws.environment["SAMPLES_QUEUE_URL"])
    answer = ask(api.handler, REQUESTS[kind]())
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_key_store_that_fails_is_503(api: ModuleType, aws: Account, kind: str) -> None:
    access.gate.cache_clear()
    aws.client("dynamodb").delete_table(TableName=aws.environment["ACCESS_TABLE"])
    assert ask(api.handler, REQUESTS[kind]()).status == 503


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_bug_is_503_and_never_500(api: ModuleType, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(api, "SERIES", None)
    answer = ask(api.handler, REQUESTS[kind]())
    assert (answer.status, answer.headers["retry-after"]) == (503, "30")


def test_counters_that_fail_do_not_fail_the_request(api: ModuleType, aws: Account) -> None:
    aws.client("dynamodb").delete_table(TableName=aws.environment["COUNTERS_TABLE"])
    assert ask(api.handler, post_json(INGEST, SEED)).status == 202


def test_requests_and_samples_are_counted(api: ModuleType) -> None:
    for _ in range(2):
        ask(api.handler, post_json(INGEST, SEED))
    counts = wiring.counters().read()
    labels = (("method", "POST"), ("path", INGEST), ("status", "202"))
    assert (counts["http_requests_total", labels], counts["metrics_ingested_total", ()]) == (2.0, 6.0)


def test_what_is_refused_is_counted_beside_what_is_taken_and_alone(api: ModuleType) -> None:
    ask(api.handler, post_json(INGEST, {"metrics": [SEED, {"metric_name": "x"}]}))
    assert ask(api.handler, post_json(INGEST, {"metric_name": "x"})).status == 422
    counts = wiring.counters().read()
    assert (counts["metrics_ingested_total", ()], counts["metrics_rejected_total", ()]) == (3.0, 2.0)


@pytest.mark.parametrize("kind", REQUESTS)
def test_a_request_sent_twice_is_the_same_samples_twice(api: ModuleType, aws: Account, kind: str) -> None:
    request = REQUESTS[kind]()
    first, once = ask(api.handler, request), queued(aws)
    second, again = ask(api.handler, request), queued(aws)
    assert (first.status, once) == (second.status, again)


@pytest.fixture
def lean(aws: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The door with its own client, against moto's server: the account of `aws`, over HTTP."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        keep_keys()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        monkeypatch.setenv("LEAN_CLIENT", "true")
        forget()
        yield load_handler("ingestion", "api")
    finally:
        monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
        server.stop()


def test_the_lean_client_does_the_same_work(lean: ModuleType, aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    statuses = [ask(lean.handler, make()).status for make in REQUESTS.values()]
    assert type(wiring.client("sqs")).__name__ == "LeanClient"
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert statuses == [202, 204, 200]
    assert {one.resource for one in queued(aws)} == {"server-001", "db-1:9100", "checkout"}
