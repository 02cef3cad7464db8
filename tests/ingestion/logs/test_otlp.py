"""OTLP log records become lines, in both encodings alike."""

import json
from typing import Any

import pytest
from google.protobuf import json_format

from inframind.errors import Malformed, TooLarge
from inframind.http.ingestion.log_contract import OTLP_EXAMPLE
from inframind.ingestion import otlp_wire
from inframind.ingestion.json_entry import Clock
from inframind.ingestion.logs import otlp
from inframind.ingestion.logs.lines import LogLine
from inframind.ingestion.samples import Tally
from tests.effort import effort

CLOCK = Clock(1_768_127_400_000, 1_768_128_000_000)
TRACE = "5b8efff798038103d269b633813fc60c"


def document(*records: dict[str, Any], **attributes: str) -> dict[str, Any]:
    named = [{"key": key.replace("_", "."), "value": {"stringValue": value}} for key, value in attributes.items()]
    return {"resourceLogs": [{"resource": {"attributes": named}, "scopeLogs": [{"logRecords": list(records)}]}]}


def read(body: dict[str, Any], tally: Tally | None = None) -> list[LogLine]:
    request = otlp_wire.parsed(json.dumps(body).encode(), otlp_wire.JSON, otlp_wire.LOGS)
    return otlp.read(request, CLOCK, tally or Tally())


RECORD: dict[str, Any] = {
    "timeUnixNano": "1768127400000000000",
    "severityNumber": 17,
    "body": {"stringValue": "Database timeout"},
    "attributes": [{"key": "retries", "value": {"intValue": "3"}}],
    "traceId": TRACE,
    "spanId": "eee19b7ec3c1b174",
}


def test_a_record_is_a_line_with_its_labels_and_its_trace() -> None:
    assert read(document(RECORD, service_name="auth-api", host="db-1")) == [
        LogLine(
            1_768_127_400_000,
            "ERROR",
            "auth-api",
            "Database timeout",
            {"host": "db-1", "retries": "3", "trace_id": TRACE},
        )
    ]


def test_protobuf_reads_as_json_does() -> None:
    body = document(RECORD, service_name="auth-api")
    request = otlp_wire.parsed(json.dumps(body).encode(), otlp_wire.JSON, otlp_wire.LOGS)
    again = otlp_wire.parsed(request.SerializeToString(), otlp_wire.PROTOBUF, otlp_wire.LOGS)
    assert otlp.read(again, CLOCK, Tally()) == read(body)
    assert json_format.MessageToDict(again) == json_format.MessageToDict(request)


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        ({"severityNumber": 24}, "FATAL"),
        ({"severityNumber": 1}, "TRACE"),
        ({"severityText": "warning"}, "WARN"),
        ({}, "INFO"),
    ],
)
def test_the_level_follows_from_the_number_else_the_text(severity: dict[str, Any], level: str) -> None:
    (line,) = read(document({"body": {"stringValue": "x"}} | severity, service_name="web"))
    assert (line.level, line.time_ms) == (level, CLOCK.now_ms)


def test_a_service_without_a_name_is_unknown_and_a_structured_body_is_text() -> None:
    body = {"kvlistValue": {"values": [{"key": "user", "value": {"stringValue": "amy"}}]}}
    (line,) = read(document({"body": body}))
    assert (line.service, line.message) == ("unknown", '{"user":"amy"}')


def test_records_that_are_no_lines_are_counted_and_the_others_kept() -> None:
    tally = Tally()
    ahead = RECORD | {"timeUnixNano": "1868127400000000000"}
    assert len(read(document(RECORD, ahead, {"body": {}}, service_name="web"), tally)) == 1
    assert tally.rejected == 2
    answer = json.loads(otlp_wire.answer(tally, otlp_wire.JSON, otlp_wire.LOGS))
    assert answer["partialSuccess"]["rejectedLogRecords"] == "2"
    proto = otlp_wire.LOGS.message("Response").FromString(otlp_wire.answer(tally, otlp_wire.PROTOBUF, otlp_wire.LOGS))
    assert proto.partial_success.rejected_log_records == 2


@pytest.mark.parametrize("body", [b"[]", b'{"resourceMetrics": []}', b"{", b'{"resourceLogs": 7}'])
def test_what_holds_no_logs_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        otlp_wire.parsed(body, otlp_wire.JSON, otlp_wire.LOGS)


def test_an_id_that_is_not_hex_is_malformed_and_not_a_bug() -> None:
    body = json.dumps(document(RECORD | {"traceId": "zz"}))
    with pytest.raises(Malformed):
        otlp_wire.parsed(body.encode(), otlp_wire.JSON, otlp_wire.LOGS)


def test_the_documented_example_is_a_line() -> None:
    assert [line.level for line in read(OTLP_EXAMPLE)] == ["ERROR"]


@pytest.mark.parametrize("spelled", [b"\x0a\x00", b"\x0a\x02\x12\x00", b"\x0a\x04\x12\x02\x12\x00"])
def test_more_than_so_many_of_nothing_are_refused_before_they_are_looked_at(spelled: bytes) -> None:
    request = otlp_wire.parsed(spelled * 100_001, otlp_wire.PROTOBUF, otlp_wire.LOGS)

    def refused() -> None:
        with pytest.raises(TooLarge, match="100001"):
            otlp.read(request, CLOCK, Tally())

    assert effort(refused) < 50
