"""`make demo`: feeds the fleet to the platform that `make run` started, and prints what it found."""

import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from infra.demo.fleet import FAULT_STEPS, PLANTED, STEP_S, Curve, fleet

SEED = 7
BATCH = 2_000  # samples a request
PATIENCE_S = 60
SETTLED_S = 4  # no new anomaly for so long: everything is scored


class Platform:
    """The platform over HTTP."""

    def __init__(self, url: str, key: str) -> None:
        self.url, self._key = url, key

    def call(self, path: str, body: Any = None) -> Any:
        """The decoded answer of a GET, or of a POST when there is a body."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        with urlopen(Request(self.url + path, data, headers), timeout=30) as answer:
            return json.load(answer)


def main() -> int:
    """Runs the demonstration; 0 when the planted fault was found."""
    platform = Platform(f"http://127.0.0.1:{os.environ.get('PORT', '8080')}", _key())
    try:
        return _show(platform)
    except HTTPError as refused:
        print(f"The platform refused: {refused.code} {refused.read().decode()[:300]}", file=sys.stderr)
    except URLError:
        print(f"Nothing answers at {platform.url}. Start it with 'make run' in another terminal.", file=sys.stderr)
    return 1


def _show(platform: Platform) -> int:
    curves = fleet(SEED)
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=STEP_S * len(curves[0].values))
    fault_at = begin + timedelta(seconds=STEP_S * (len(curves[0].values) - FAULT_STEPS))
    print(f"A fleet of {len({c.resource for c in curves})} resources, {len(curves)} series, two hours of history.")
    print(f"Planted at {fault_at:%H:%M:%S} UTC: a runaway query on db-1; payments depends on it.\n")
    _feed(platform, curves, begin)
    found = _wait(platform, begin)
    _print_anomalies(found, fault_at)
    for resource in PLANTED:
        _print_risk(platform, resource)
    missed = {(c.resource, c.metric) for c in curves if c.is_planted} - {_series(one) for one in found}
    print(f"\n{len(missed)} of the 4 planted series missed." if missed else "\nEvery planted series was found.")
    print(f"Look further: {platform.url}/docs")
    return 1 if missed else 0


def _feed(platform: Platform, curves: list[Curve], begin: datetime) -> None:
    started, sent = time.monotonic(), 0
    for batch in _batches(curves, begin):
        answer = platform.call("/api/v1/metrics/ingest", {"metrics": batch})
        sent += answer["accepted"]
        print(f"\r{sent:,} samples sent", end="", flush=True)
    print(f" in {time.monotonic() - started:.1f} s")


def _batches(curves: list[Curve], begin: datetime) -> Iterator[list[dict[str, Any]]]:
    """Samples in order of time, `BATCH` at a time, as any sender would send them."""
    points: list[dict[str, Any]] = []
    for step in range(len(curves[0].values)):
        at = (begin + timedelta(seconds=step * STEP_S)).isoformat()
        for curve in curves:
            labels = {"service": curve.resource}
            value = float(curve.values[step])
            points.append({"timestamp": at, "metric_name": curve.metric, "value": value, "labels": labels})
        if len(points) >= BATCH:
            yield points
            points = []
    if points:
        yield points


def _wait(platform: Platform, since: datetime) -> list[dict[str, Any]]:
    """The anomalies since `since`, once no more are coming."""
    path = f"/api/v1/anomalies?limit=200&since={quote(since.isoformat())}"
    deadline, changed = time.monotonic() + PATIENCE_S, time.monotonic()
    found: list[dict[str, Any]] = []
    while time.monotonic() < deadline:
        now = platform.call(path)["items"]
        if len(now) != len(found):
            found, changed = now, time.monotonic()
        if found and time.monotonic() - changed > SETTLED_S:
            break
        time.sleep(0.5)
    return found


def _print_anomalies(found: list[dict[str, Any]], fault_at: datetime) -> None:
    print(f"\n{len(found)} anomalies found:\n")
    for one in sorted(found, key=lambda one: str(one["detected_at"])):
        late = (datetime.fromisoformat(one["detected_at"]) - fault_at).total_seconds()
        when = f"{late:+.0f} s after the fault" if late >= 0 else "before the fault"
        print(f"  {one['severity']:<8} {one['resource_id']:<9} {one['metric_name']:<13} {when}")
        print(f"           {one['explanation']}")


def _print_risk(platform: Platform, resource: str) -> None:
    risk = platform.call(f"/api/v1/sla/{quote(resource)}/risk?lookback_minutes=10")
    print(f"\nSLA risk of {resource}: {risk['risk_level']} ({risk['risk_score']:.2f}). {risk['explanation']}")


def _series(anomaly: dict[str, Any]) -> tuple[str, str]:
    return anomaly["resource_id"], anomaly["metric_name"]


def _key() -> str:
    given = os.environ.get("INFRAMIND_API_KEY")
    if given:
        return given
    kept = Path(os.environ.get("DATA_DIR", ".data"), "key")
    return kept.read_text().strip() if kept.is_file() else ""


if __name__ == "__main__":
    sys.exit(main())
