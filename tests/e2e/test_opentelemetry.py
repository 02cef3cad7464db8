"""The official OpenTelemetry exporter sends metrics that read back equal."""

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from infra.local.harness import Platform
from tests.e2e.conftest import ANSWER_WITHIN_S, Client, eventually

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_what_the_sdk_exports_reads_back(running: Platform, client: Client, compression: Compression) -> None:
    service = f"checkout-{compression.value}"
    exporter = OTLPMetricExporter(
        f"{running.url}/v1/metrics",
        headers={"authorization": f"Bearer {running.key}"},
        compression=compression,
        timeout=ANSWER_WITHIN_S,
    )
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    provider = MeterProvider([reader], Resource.create({"service.name": service, "deployment.environment": "test"}))
    meter = provider.get_meter("shop")
    orders = meter.create_counter("orders", unit="1")
    latency = meter.create_histogram("latency", unit="ms", explicit_bucket_boundaries_advisory=[10, 100])
    temperature = meter.create_gauge("temperature")
    orders.add(3, {"region": "eu"})
    orders.add(4, {"region": "us"})
    for took in (5, 50, 500):
        latency.record(took)
    temperature.set(21.125)
    assert provider.force_flush(ANSWER_WITHIN_S * 1_000)
    provider.shutdown()

    def values() -> dict[tuple[str, str], float]:
        if client.call("GET", f"/api/v1/metrics/{service}").status == 404:
            return {}
        found = client.samples(service)
        wanted = {"region", "le"}
        return {
            (metric, ",".join(value for name, value in labels if name in wanted)): points[-1][1]
            for (metric, labels), points in found.items()
        }

    found = eventually(values, lambda seen: len(seen) >= 8)
    assert {
        ("orders", "eu"): 3,
        ("orders", "us"): 4,
        ("temperature", ""): 21.125,
        ("latency_count", ""): 3,
        ("latency_sum", ""): 555,
        ("latency_bucket", "10"): 1,
        ("latency_bucket", "100"): 2,
        ("latency_bucket", "+Inf"): 3,
    }.items() <= found.items()
