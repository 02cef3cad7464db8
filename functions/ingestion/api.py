"""Telemetry over HTTP -> packed frames in SamplesQueue, lines in LogsQueue. `contract.py` describes the paths."""

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from inframind import wiring
from inframind.errors import Malformed, Rejected, Unavailable
from inframind.frames import bundle
from inframind.http import problem
from inframind.http.lean import Door, Headers, Request, Response, Route
from inframind.ingestion import json_form, otlp, otlp_wire, remote_write
from inframind.ingestion.decompression import decompressed, snappy_decompressed
from inframind.ingestion.json_entry import Clock
from inframind.ingestion.packing import packed
from inframind.ingestion.samples import Samples, Tally, in_time
from inframind.ingestion.series_cache import SeriesCache
from inframind.ports.paging import CounterKey
from inframind.records import Role
from inframind.settings import settings

if TYPE_CHECKING:
    from inframind.ingestion.logs.lines import LogLine

SERIES = SeriesCache()  # as long as this instance lives
INGESTED: CounterKey = ("metrics_ingested_total", ())
REJECTED: CounterKey = ("metrics_rejected_total", ())


def take_json(request: Request) -> Response:
    """JSON metrics: 202 with what was taken and what was not, 422 when nothing could be taken."""
    tally = Tally()
    with SERIES.opened() as cache:
        body = decompressed(request.body, request.header("content-encoding"))
        entries = json_form.read(body, clock(), cache, tally)
        queue(entries.samples, cache)
    counts = counted(entries.samples, tally)
    if not entries.accepted:
        refused = Rejected("No metric could be taken; the faults are named in errors.", tally.faults)
        return Response(refused.status, problem.headers(refused), problem.text(refused).encode(), counts)
    return taken(json_form.answer(entries, tally), counts)


def take_remote_write(request: Request) -> Response:
    """Prometheus remote write: 204, or 400 naming what was refused beside what was taken."""
    tally = Tally()
    version = remote_write.version_of(request.headers.get("content-type", ""))
    remote_write.check_encoding(request.header("content-encoding"))
    with SERIES.opened() as cache:
        reading = remote_write.read(snappy_decompressed(request.body), version, cache, tally)
        samples = in_time(reading.samples, clock().horizon_ms, cache, tally)
        histograms = in_time(reading.histograms, clock().horizon_ms, cache, tally)
        both = samples.joined(histograms)
        queue(both, cache)
    written = remote_write.written_headers(version, samples.size, histograms.size)
    counts = counted(both, tally)
    if not tally.rejected and not tally.faults:
        return Response(204, written, counts=counts)
    refused = Malformed(f"{tally.rejected} samples were refused; the other {both.size} are kept.", tally.faults)
    return Response(400, problem.headers(refused) | written, problem.text(refused).encode(), counts)


def take_otlp(request: Request) -> Response:
    """OTLP metrics: 200 in the encoding they came in, with a partial success where points were refused."""
    tally = Tally()
    encoding = otlp_wire.encoding_of(request.header("content-type"))
    message = otlp_wire.parsed(decompressed(request.body, request.header("content-encoding")), encoding)
    with SERIES.opened() as cache:
        samples = otlp.read(message, clock(), cache, tally)
        queue(samples, cache)
    answer = otlp_wire.answer(tally, encoding)
    return Response(200, {"content-type": encoding}, answer, counted(samples, tally))


def take_deployment(request: Request) -> Response:
    """A deployment: 202, or 422 with every fault named."""
    from inframind.ingestion import deployments  # signals are rare: a cold start for samples need not know them

    deployment = deployments.read(decompressed(request.body, request.header("content-encoding")), clock())
    wiring.signal_queue().send([deployment])
    return taken(deployments.answer(deployment), {("signals_received_total", (("kind", "deployment"),)): 1.0})


def take_alerts(request: Request) -> Response:
    """Alertmanager's webhook: 202, with the faults of the alerts that were not taken; 422 if none was."""
    from inframind.ingestion import alertmanager

    signals, faults = alertmanager.read(decompressed(request.body, request.header("content-encoding")), clock())
    wiring.signal_queue().send([one.sent_by(request.sender) for one in signals])
    counts: dict[CounterKey, float] = {("signals_received_total", (("kind", "alert"),)): float(len(signals))}
    return taken(alertmanager.answer(signals, faults), counts)


def take_logs(request: Request) -> Response:
    """JSON log entries: 202 with what was taken and what was not, 422 when nothing could be taken."""
    from inframind.ingestion.logs import entries  # a cold start for samples need not know of logs

    tally = Tally()
    found = entries.read(decompressed(request.body, request.header("content-encoding")), clock(), tally)
    counts = queue_lines(found.lines, tally)
    if not found.lines:
        refused = Rejected("No log entry could be taken; the faults are named in errors.", tally.faults)
        return Response(refused.status, problem.headers(refused), problem.text(refused).encode(), counts)
    return taken(entries.answer(found, tally), counts)


def take_otlp_logs(request: Request) -> Response:
    """OTLP logs: 200 in the encoding they came in, with a partial success where records were refused."""
    from inframind.ingestion.logs import otlp as records

    tally = Tally()
    encoding = otlp_wire.encoding_of(request.header("content-type"))
    body = decompressed(request.body, request.header("content-encoding"))
    lines = records.read(otlp_wire.parsed(body, encoding, otlp_wire.LOGS), clock(), tally)
    counts = queue_lines(lines, tally)
    return Response(200, {"content-type": encoding}, otlp_wire.answer(tally, encoding, otlp_wire.LOGS), counts)


def refuse_otlp(headers: Headers, error: Rejected | Unavailable) -> Response:
    """An error as OTLP's exporters read it."""
    encoding = otlp_wire.refusal_encoding(headers.get("content-type", ""))
    status = problem.status(error)
    body = otlp_wire.refusal(status, error.detail, encoding)
    return Response(status, problem.headers(error) | {"content-type": encoding}, body)


def clock() -> Clock:
    """Now, and the latest time that a sample may bear."""
    now_ms = time.time_ns() // 1_000_000
    return Clock(now_ms, now_ms + 1_000 * settings().future_tolerance_seconds)


def queue(samples: Samples, cache: SeriesCache) -> None:
    """Packs the samples and hands them to the writer."""
    if samples.size:
        wiring.sample_queue().send(bundle(packed(samples, cache)))


def queue_lines(lines: "Sequence[LogLine]", tally: Tally) -> dict[CounterKey, float]:
    """Packs the lines and hands them to the miner; what they add to the counters."""
    from inframind.ingestion.logs.packing import packed as packages

    if lines:
        wiring.log_queue().send(packages(lines, settings().shards))
    counts: dict[CounterKey, float] = {("log_lines_ingested_total", ()): float(len(lines))}
    return counts | {("log_lines_rejected_total", ()): float(tally.rejected)} if tally.rejected else counts


def counted(samples: Samples, tally: Tally) -> dict[CounterKey, float]:
    """What a request adds to the counters: what was taken, and what was not if there is any."""
    counts = {INGESTED: float(samples.size)}
    return counts | {REJECTED: float(tally.rejected)} if tally.rejected else counts


def taken(document: dict[str, object], counts: dict[CounterKey, float]) -> Response:
    """202 with a JSON document."""
    body = json.dumps(document, ensure_ascii=False).encode()
    return Response(202, {"content-type": "application/json"}, body, counts)


METRICS = Route(Role.INGEST, take_json)
LOGS = Route(Role.INGEST, take_logs)
DEPLOYMENT = Route(Role.INGEST, take_deployment)
ALERTS = Route(Role.INGEST, take_alerts)
handler = Door(
    "ingestion",
    {
        "/api/v1/metrics/ingest": METRICS,
        "/ingest/metrics": METRICS,
        "/api/v1/monitoring/metrics": METRICS,
        "/api/v1/write": Route(Role.INGEST, take_remote_write),
        "/v1/metrics": Route(Role.INGEST, take_otlp, refuse_otlp),
        "/api/v1/logs/ingest": LOGS,
        "/ingest/logs": LOGS,
        "/v1/logs": Route(Role.INGEST, take_otlp_logs, refuse_otlp),
        "/api/v1/deployments": DEPLOYMENT,
        "/ingest/deployment": DEPLOYMENT,
        "/api/v1/alerts": ALERTS,
        "/api/alerts": ALERTS,
    },
)
