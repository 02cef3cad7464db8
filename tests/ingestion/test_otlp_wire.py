import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from inframind.errors import Malformed, UnsupportedType
from inframind.ingestion.otlp_wire import JSON, PROTOBUF, answer, encoding_of, parsed, refusal, refusal_encoding
from inframind.ingestion.samples import Tally
from tests.ingestion.bodies import NOW_MS


def document(**point: Any) -> dict[str, Any]:
    whole = {"timeUnixNano": str(NOW_MS * 1_000_000), "asDouble": 1.5} | point
    metric = {"name": "load", "gauge": {"dataPoints": [whole]}}
    service = {"key": "service.name", "value": {"stringValue": "checkout"}}
    return {"resourceMetrics": [{"resource": {"attributes": [service]}, "scopeMetrics": [{"metrics": [metric]}]}]}


def only_point(request: Any) -> Any:
    return request.resource_metrics[0].scope_metrics[0].metrics[0].gauge.data_points[0]


def body(**point: Any) -> bytes:
    return json.dumps(document(**point)).encode()


def test_both_encodings_say_the_same() -> None:
    from_json = parsed(body(), JSON)
    assert parsed(from_json.SerializeToString(), PROTOBUF) == from_json
    assert only_point(from_json).as_double == 1.5


def test_long_numbers_may_come_as_text_or_as_numbers() -> None:
    assert only_point(parsed(body(timeUnixNano=NOW_MS * 1_000_000), JSON)) == only_point(parsed(body(), JSON))


def test_ids_in_hex_do_not_disturb() -> None:
    exemplar = {"traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "asDouble": 1.0}
    assert only_point(parsed(body(exemplars=[exemplar]), JSON)) == only_point(parsed(body(), JSON))


def test_unknown_and_snake_case_fields_are_ignored() -> None:
    assert only_point(parsed(body(time_unix_nano="7", surprise={"a": []}), JSON)) == only_point(parsed(body(), JSON))


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"[]", b"5", b"null", b'"text"', b'{"resourceLogs": []}', b'{"resourceMetrics": 5}', b"[" * 100_000,
        b'{"resourceMetrics": [5]}', body(timeUnixNano="soon"), body(timeUnixNano=-1),
        body(asDouble="x"), body(flags=2**40), b"\xff\xfe", body(attributes=[{"key": "\ud800"}]),
    ],
)  # fmt: skip
def test_json_that_is_no_request_is_malformed(data: bytes) -> None:
    if data == b"":
        assert not parsed(data, PROTOBUF).resource_metrics
    with pytest.raises(Malformed):
        parsed(data, JSON)


@pytest.mark.parametrize("data", [b"xx", b"\xff\xff", b"plain text", b'{"resourceMetrics": []}'])
def test_bytes_that_are_no_request_are_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        parsed(data, PROTOBUF)


def is_read_or_malformed(data: bytes, encoding: str) -> bool:
    try:
        return parsed(data, encoding) is not None
    except Malformed as error:
        return bool(error.detail)


def test_any_spoilt_byte_is_either_read_or_malformed() -> None:
    rng = random.Random(5)
    for encoding, data in ((JSON, body()), (PROTOBUF, parsed(body(), JSON).SerializeToString())):
        for at in range(len(data)):
            spoilt = bytearray(data)
            spoilt[at] ^= 1 << rng.randrange(8)
            assert is_read_or_malformed(bytes(spoilt), encoding)


def replaced(whole: Any, part: Any) -> Iterator[Any]:
    """The document with each of its parts in turn replaced by `part`."""
    yield part
    items = whole.items() if isinstance(whole, dict) else enumerate(whole) if isinstance(whole, list) else ()
    for key, child in items:
        for other in replaced(child, part):
            copy = whole.copy()
            copy[key] = other
            yield copy


@pytest.mark.parametrize("part", [None, True, 5, -1.5, 1e400, "x", "", [], [[]], [None], {}, {"x": 1}, {"value": []}])
def test_any_part_of_another_type_is_either_read_or_malformed(part: Any) -> None:
    for document_with_part in replaced(document(), part):
        assert is_read_or_malformed(json.dumps(document_with_part).encode(), JSON)


def test_a_request_without_metrics_is_a_request() -> None:
    assert parsed(b"{}", JSON) == parsed(b"", PROTOBUF) == ExportMetricsServiceRequest()


def test_the_answer_to_everything_taken_is_empty() -> None:
    assert answer(Tally(), JSON) == b"{}"
    assert ExportMetricsServiceResponse.FromString(answer(Tally(), PROTOBUF)) == ExportMetricsServiceResponse()


def test_a_partial_success_counts_points_and_says_why() -> None:
    tally = Tally()
    tally.refuse("load", "time is ahead of the clock here")
    tally.refuse("mem", "the data point has no value", 2)
    said = {
        "rejectedDataPoints": "3",
        "errorMessage": "load: time is ahead of the clock here; mem: the data point has no value",
    }
    assert json.loads(answer(tally, JSON)) == {"partialSuccess": said}
    partial = ExportMetricsServiceResponse.FromString(answer(tally, PROTOBUF)).partial_success
    assert (partial.rejected_data_points, partial.error_message) == (3, said["errorMessage"])


@pytest.mark.parametrize(("status", "code"), [(400, 3), (401, 16), (403, 7), (413, 8), (415, 3), (503, 14)])
def test_an_error_is_a_status_message_in_both_encodings(status: int, code: int) -> None:
    detail = "Zu groß: " + "x" * 300
    assert json.loads(refusal(status, detail, JSON)) == {"code": code, "message": detail}
    assert Status.FromString(refusal(status, detail, PROTOBUF)) == Status(code=code, message=detail)


def test_other_content_types_are_not_taken() -> None:
    assert encoding_of("Application/X-Protobuf") == PROTOBUF
    for content_type in ("", "text/plain", "application/grpc"):
        with pytest.raises(UnsupportedType):
            encoding_of(content_type)
        assert refusal_encoding(content_type) == JSON
    assert refusal_encoding("application/x-protobuf") == PROTOBUF
