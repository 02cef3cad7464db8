"""`make demo`: feeds the fleet to the platform that `make run` started, and prints what it found."""

import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from infra.demo import incident, telling
from infra.demo.fleet import FAULT_STEPS, PLANTED, STEP_S, Curve, fleet
from infra.demo.platform import PATIENCE_S, Platform, on_the_running_one
from infra.demo.telling import Anomaly, Planted

SEED = 7
SETTLED_S = 4  # no new anomaly for so long: everything is scored


@dataclass(frozen=True, slots=True)
class Scene:
    """The fleet under names that the platform has not heard before, and when its story begins and turns."""

    curves: list[Curve]
    suffix: str
    begin: datetime
    fault_at: datetime

    def name(self, resource: str) -> str:
        """What a resource is called this time: `db-1`, the second time `db-1-run2`."""
        return resource + self.suffix

    @property
    def planted(self) -> Planted:
        """Resource and metric of the series in which the fault shows."""
        return frozenset((self.name(curve.resource), curve.metric) for curve in self.curves if curve.is_planted)


def main() -> int:
    """Runs the demonstration; 0 when the planted fault was found, and the incident with its cause."""
    return on_the_running_one(dict(os.environ), lambda platform: _show(platform, _scene(platform)))


def _scene(platform: Platform) -> Scene:
    curves = fleet(SEED)
    steps = len(curves[0].values)
    begin = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=STEP_S * steps)
    runs = 1
    while platform.knows(curves[0].resource + _suffix(runs)):
        runs += 1
    return Scene(curves, _suffix(runs), begin, begin + timedelta(seconds=STEP_S * (steps - FAULT_STEPS)))


def _suffix(run: int) -> str:
    return f"-run{run}" if run > 1 else ""


def _show(platform: Platform, scene: Scene) -> int:
    database, service = map(scene.name, PLANTED)
    resources = {scene.name(curve.resource) for curve in scene.curves}
    print(f"A fleet of {len(resources)} resources, {len(scene.curves)} series: two quiet hours, then a fault.")
    print(f"Planted at {scene.fault_at:%H:%M:%S} UTC: a runaway query on {database}; {service} calls it.\n")
    calls = {"edges": [{"caller": service, "callee": database}]}
    platform.call("/api/v1/topology/edges", calls, method="PUT")
    _feed(platform, scene)
    found = _wait(platform, scene, resources)
    print("", *telling.quiet_hours(found, scene.fault_at), "", sep="\n")
    print(*telling.from_fault_on(found, scene.fault_at, scene.planted), sep="\n")
    for resource in (database, service):
        _print_risk(platform, resource)
    missed = telling.missed(found, scene.fault_at, scene.planted)
    names = ", ".join(" ".join(one) for one in missed)
    print(f"\nMissed: {names}." if missed else f"\nAll {len(scene.planted)} planted series were found.")
    is_one = incident.show_fault(platform, service, database)
    is_one = incident.show(platform, scene.suffix) and is_one
    print("", *telling.look_further(platform.url, platform.key, scene.name(incident.SERVICE)), sep="\n")
    return 0 if is_one and not missed else 1


def _feed(platform: Platform, scene: Scene) -> None:
    """Sends everything in one request: of several at once the queue may hand on a later one first, and what is older
    than the newest sample of a series is stored but not judged."""
    started = time.monotonic()
    sent = platform.call("/api/v1/metrics/ingest", {"metrics": list(_points(scene))})["accepted"]
    print(f"{sent:,} samples sent in {time.monotonic() - started:.1f} s; they are judged one after the other ...")


def _points(scene: Scene) -> Iterator[dict[str, Any]]:
    for step in range(len(scene.curves[0].values)):
        at = (scene.begin + timedelta(seconds=step * STEP_S)).isoformat()
        for curve in scene.curves:
            labels = {"service": scene.name(curve.resource)}
            yield {"timestamp": at, "metric_name": curve.metric, "value": curve.values[step], "labels": labels}


def _wait(platform: Platform, scene: Scene, resources: set[str]) -> list[Anomaly]:
    """The anomalies of these resources, once no planted one is missed and no more are coming."""
    path = f"/api/v1/anomalies?limit=500&since={quote(scene.begin.isoformat())}"
    deadline, changed = time.monotonic() + PATIENCE_S, time.monotonic()
    found: list[Anomaly] = []
    while time.monotonic() < deadline:
        now = [one for one in platform.pages(path) if one["resource_id"] in resources]
        if len(now) != len(found):
            found, changed = now, time.monotonic()
        missed = telling.missed(found, scene.fault_at, scene.planted)
        if not missed and time.monotonic() - changed > SETTLED_S:
            break
        time.sleep(0.5)
    return found


def _print_risk(platform: Platform, resource: str) -> None:
    risk = platform.call(f"/api/v1/sla/{quote(resource)}/risk?lookback_minutes=10")
    print(f"\nSLA risk of {resource}: {risk['risk_level']} ({risk['risk_score']:.2f}). {risk['explanation']}")


if __name__ == "__main__":
    sys.exit(main())
