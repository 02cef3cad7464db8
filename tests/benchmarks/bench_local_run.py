"""The local run as its user meets it: start, latency from POST to readable and to scored, requests a second."""

import http.client
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from infra.local.harness import Platform, platform
from tests.benchmarks.table import Row, markdown

ROUNDS = 30
THREADS = 4
REQUESTS = 200  # a thread
HISTORY = 120  # samples before the one that must be found
PATIENCE_S = 20.0


def run() -> list[Row]:
    """Starts a platform of its own, loads it for some seconds, and stops it."""
    with tempfile.TemporaryDirectory() as folder, platform(Path(folder)) as running:
        first = running.started_in_s
        running.restart()
        rows = [
            _report("local run: start on an empty folder", first, "s"),
            _report("local run: second start", running.started_in_s, "s"),
        ]
        return rows + _latencies(running) + _throughput(running)


def _latencies(running: Platform) -> list[Row]:
    readable = sorted(_until_readable(running, n) for n in range(ROUNDS))
    scored = sorted(_until_scored(running, n) for n in range(5))
    return [
        _report("POST to readable, median", statistics.median(readable) * 1e3, "ms"),
        _report("POST to readable, worst of 30", readable[-1] * 1e3, "ms"),
        _report("POST to anomaly listed, median of 5", statistics.median(scored) * 1e3, "ms"),
    ]


def _throughput(running: Platform) -> list[Row]:
    batch = {"metrics": [_point(f"load-{n % 20}", 40.0 + n % 7, datetime.now(UTC)) for n in range(1_000)]}
    single = {"resource_id": "load-one", "cpu_usage": 41.0}
    ingest = "/api/v1/metrics/ingest"
    return [
        _report("GET /api/v1/health, 4 connections", _rate(running, "GET", "/api/v1/health", None), "requests/s"),
        _report("POST one sample, 4 connections", _rate(running, "POST", ingest, single), "requests/s"),
        _report("POST 1,000 samples, 4 connections", 1_000 * _rate(running, "POST", ingest, batch, 20), "samples/s"),
    ]


def _until_readable(running: Platform, n: int) -> float:
    at = datetime.now(UTC).replace(microsecond=0)
    resource = f"fresh-{n}"
    _call(running, "POST", "/api/v1/metrics/ingest", _point(resource, 1.0, at))
    return _until(lambda: _call(running, "GET", f"/api/v1/metrics/{resource}", None)[0] == 200)


def _until_scored(running: Platform, n: int) -> float:
    resource, now = f"scored-{n}", datetime.now(UTC)
    past = [_point(resource, 50.0 + i % 5, now - timedelta(seconds=15 * (HISTORY - i))) for i in range(HISTORY)]
    _call(running, "POST", "/api/v1/metrics/ingest", {"metrics": past})
    _until(lambda: _call(running, "GET", f"/api/v1/metrics/{resource}", None)[0] == 200)
    time.sleep(1.0)  # the past is scored before the clock starts
    _call(running, "POST", "/api/v1/metrics/ingest", _point(resource, 500.0, now))
    return _until(lambda: bool(_call(running, "GET", f"/api/v1/anomalies?resource_id={resource}", None)[1]["items"]))


def _rate(running: Platform, method: str, path: str, body: Any, requests: int = REQUESTS) -> float:
    def load() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)
        for _ in range(requests):
            _send(connection, running.key, method, path, body)

    threads = [threading.Thread(target=load) for _ in range(THREADS)]
    _call(running, method, path, body)  # warm
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return THREADS * requests / (time.perf_counter() - started)


def _call(running: Platform, method: str, path: str, body: Any) -> tuple[int, Any]:
    return _send(http.client.HTTPConnection("127.0.0.1", running.port, timeout=30), running.key, method, path, body)


def _send(
    connection: http.client.HTTPConnection, key: str, method: str, path: str, body: Any
) -> tuple[int, dict[str, Any]]:
    data = None if body is None else json.dumps(body)
    connection.request(method, path, data, {"X-API-Key": key, "Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def _point(resource: str, value: float, at: datetime) -> dict[str, Any]:
    return {"resource_id": resource, "cpu_usage": min(value, 100.0), "timestamp": at.isoformat()}


def _until(is_so: Callable[[], bool]) -> float:
    started = time.perf_counter()
    while not is_so():
        if time.perf_counter() - started > PATIENCE_S:
            raise TimeoutError(f"not within {PATIENCE_S} s")
        time.sleep(0.002)
    return time.perf_counter() - started


def _report(what: str, value: float, unit: str) -> Row:
    return Row(what, value, None, None, "reported", unit)


if __name__ == "__main__":
    sys.stdout.write(markdown(run()) + "\n")
