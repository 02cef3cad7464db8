"""Logs through the running platform: sent, grouped, counted, told of, and found again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource

from tests.e2e.conftest import ANSWER_WITHIN_S, Client, eventually

pytestmark = pytest.mark.e2e

SERVICE = "auth-api"


def failing(at: datetime, number: int) -> dict[str, Any]:
    """The seed's error, with a variable and a secret in it."""
    return {
        "timestamp": at.isoformat(),
        "level": "ERROR",
        "message": f"Database timeout after {3000 + number} ms, password=hunter2",
        "service": SERVICE,
        "labels": {"component": "database"},
    }


def test_errors_after_a_deployment_are_grouped_told_of_and_found_again(client: Client) -> None:
    now = datetime.now(UTC)
    deployment = {"timestamp": (now - timedelta(minutes=8)).isoformat(), "service": SERVICE, "version": "v2.1.0"}
    assert client.post("/ingest/deployment", deployment).status == 202
    entries = [failing(now - timedelta(seconds=second), second) for second in range(10)]
    answer = client.post("/ingest/logs", {"logs": [*entries, {"service": SERVICE}]})
    assert (answer.status, answer.json["accepted"], answer.json["rejected"]) == (202, 10, 1)

    def signals() -> set[str]:
        items = client.get("/api/v1/incidents", service=SERVICE)["items"]
        found = client.get(f"/api/v1/incidents/{items[0]['id']}")["signals"] if len(items) == 1 else []
        return {one["kind"] for one in found}

    told = {"deployment", "log_spike", "new_error_template"}
    assert eventually(signals, lambda kinds: told <= kinds) >= told

    (template,) = client.get("/api/v1/logs/templates", service=SERVICE)["items"]
    assert (template["count"], template["level"]) == (10, "ERROR")
    assert template["template"].startswith("Database timeout after <*>")
    page = client.get("/api/v1/logs", service=SERVICE, template_id=template["id"], text="TIMEOUT after 3004", limit=5)
    assert [line["message"] for line in page["items"]] == ["Database timeout after 3004 ms, password=<SECRET>"]
    assert len(client.get("/api/v1/logs", service=SERVICE, level="ERROR")["items"]) == 10
    assert client.get("/api/v1/logs", service="another")["items"] == []


def test_the_lines_of_an_open_telemetry_sdk_arrive_with_their_service_and_level(client: Client) -> None:
    key = {"x-api-key": client.running.key}
    exporter = OTLPLogExporter(f"{client.running.url}/v1/logs", headers=key, timeout=ANSWER_WITHIN_S)
    provider = LoggerProvider(Resource({"service.name": "checkout"}))
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    record = LogRecord(body="stock of tea is low: 3 left", severity_number=SeverityNumber.WARN, severity_text="WARN")
    provider.get_logger("shop").emit(record)
    provider.shutdown()

    found = eventually(lambda: client.get("/api/v1/logs", service="checkout", level="WARN")["items"], bool)
    assert [line["message"] for line in found] == ["stock of tea is low: 3 left"]
