"""From signals to one incident with its cause: how long it takes, how many alerts become how few, who is suspected.

Times are those of the local run, from the answer to the last POST: until the incident can be read, and until a server
that poses as Slack has the message, three seconds of which a notice waits on purpose. The fleet is simulated: faults
planted in services that call each other, each told of by several alerts in random order; theirs is one incident a
service, as Alertmanager's `group_by: [service]` makes of alerts that still fire. Causes: theirs is the ranking by
signals alone.
"""

import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from infra.local.harness import Platform, platform
from inframind.backtest.issues import scenarios
from inframind.incidents.correlation import Rules
from inframind.incidents.diagnosis import suspects
from inframind.incidents.measurement import inquiry, measurements
from tests.adapters.servers import Server, answers, reply, serving
from tests.benchmarks.bench_local_run import _call as call
from tests.benchmarks.faults import plant_everywhere
from tests.benchmarks.table import Row
from tests.contracts.signals import signal
from tests.incidents.board import World, in_batches
from tests.incidents.live import ONSET_MS, STEP_MS, Case, case, simulated
from tests.recorded import PETSHOP, is_here

ROUNDS = 40
PATIENCE_S = 30.0
CHAINS, DEPTH, FAULTS, NOISE = 30, 4, 60, 40  # of the simulated fleet
NOW_MS = ONSET_MS + 10 * STEP_MS


def run() -> list[Row]:
    """About four minutes."""
    return [*_times(), *_fleet(), *_causes()]


def _times() -> list[Row]:
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(answers(reply(200, b"ok"))) as slack,
        platform(Path(folder)) as running,
    ):
        channel = {"name": "ops", "kind": "slack", "secrets": {"webhook_url": slack.url}, "storm_limit": 1_000}
        call(running, "POST", "/api/v1/notifications/channels", channel)
        _round(running, slack, 0)  # warm
        stored, told = zip(*(_round(running, slack, number) for number in range(1, ROUNDS + 1)), strict=True)
    return [
        *_spread("last signal -> incident stored", stored),
        *_spread("last signal -> notice sent", told),
    ]


def _round(running: Platform, slack: Server, number: int) -> tuple[float, float]:
    service = f"service-{number}"
    alerts = [_alert(service, name) for name in ("HighLatency", "HighErrorRate")]
    call(running, "POST", "/api/v1/alerts", {"version": "4", "alerts": alerts})
    begun = time.perf_counter()
    stored = _until(begun, lambda: bool(call(running, "GET", f"/api/v1/incidents?service={service}", None)[1]["items"]))
    told = _until(begun, lambda: any(f"{service} ".encode() in one for one in slack.requests))
    return stored, told


def _alert(service: str, name: str) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {"alertname": name, "service": service, "severity": "critical"},
        "annotations": {"summary": f"{service} : {name}"},
        "startsAt": (datetime.now(UTC) - timedelta(seconds=1)).isoformat(),
        "endsAt": "0001-01-01T00:00:00Z",
        "fingerprint": f"{service}-{name}",
    }


def _until(begun: float, is_so: Callable[[], bool]) -> float:
    while not is_so():
        if time.perf_counter() - begun > PATIENCE_S:
            raise TimeoutError(f"not within {PATIENCE_S} s")
        time.sleep(0.01)
    return time.perf_counter() - begun


def _spread(what: str, seconds: Sequence[float]) -> list[Row]:
    ordered = sorted(seconds)
    worst = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    return [
        Row(f"{what}, median of {len(ordered)}", 1e3 * statistics.median(ordered), None, None, "reported", "ms"),
        Row(f"{what}, p99", 1e3 * worst, None, None, "reported", "ms"),
    ]


def _fleet() -> list[Row]:
    """Faults somewhere in chains of services, that show in every service above; and alerts that belong nowhere."""
    chance = random.Random(7)
    chains = [[f"s{chain}-{depth}" for depth in range(DEPTH)] for chain in range(CHAINS)]
    edges = frozenset(pair for chain in chains for pair in itertools.pairwise(chain))
    truth: dict[str, int] = {}
    alerts = []
    for fault in range(FAULTS):
        chain = chains[fault % CHAINS]
        begins = 120.0 * (fault // CHAINS) + chance.uniform(0, 20)
        for depth in range(chance.randrange(DEPTH), -1, -1):
            for number in range(chance.randint(1, 5)):
                name = f"{fault} {depth} {number}"
                minute = begins + 0.5 * (DEPTH - depth) + chance.uniform(0, 3)
                alerts.append(signal(name, service=chain[depth], minute=minute, kind="alert"))
                truth[name] = fault
    for number in range(NOISE):
        name = f"noise {number}"
        service = f"lonely-{number}"
        alerts.append(signal(name, service=service, minute=chance.uniform(0, 140), kind="alert"))
        truth[name] = FAULTS + number
    chance.shuffle(alerts)
    world = in_batches(World(Rules(edges=edges)), alerts, 25)
    ours = {name: at for at, names in enumerate(world.grouping()) for name in names}
    by_service = {one.fingerprint: one.service for one in alerts}
    rows = [
        Row("alerts to incidents, planted faults", *_ratio(len(alerts), ours, by_service), "reported", "alerts each"),
    ]
    for place, what in enumerate(("precision", "recall")):
        mine, theirs = _pairs(truth, ours)[place], _pairs(truth, by_service)[place]
        rows.append(Row(f"pairs of alerts, {what}", mine, theirs, mine / theirs, "reported", "share"))
    return rows


def _ratio(alerts: int, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[float, float, float]:
    mine, other = alerts / len(set(ours.values())), alerts / len(set(theirs.values()))
    return mine, other, mine / other


def _pairs(truth: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[float, float]:
    """Of the pairs that were put together, how many belong so; of those that belong together, how many were."""
    put, belong = _together(found), _together(truth)
    both = len(put & belong)
    return both / len(put), both / len(belong)


def _together(groups: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {pair for pair in itertools.combinations(sorted(groups), 2) if groups[pair[0]] == groups[pair[1]]}


def _causes() -> list[Row]:
    rows = _compared("simulated shop", [one for seed in range(3) for one in simulated(seed)])
    if not is_here(PETSHOP):
        return rows
    found = scenarios(PETSHOP)
    recorded = [case((s.quiet, i.window), s.graph, i.alarm, i.cause or "") for s in found for i in s.issues]
    rows += _compared("recorded issues of petshop-dev", recorded)
    kinds: dict[str, list[Case]] = {}
    for scenario in found:
        for fault in plant_everywhere(scenario, 0):
            made = case((fault.before, fault.after), scenario.graph, fault.alarm, fault.cause)
            kinds.setdefault(fault.kind, []).append(made)
    return rows + [
        row for kind, cases in kinds.items() for row in _compared(f"planted in its quiet hours, {kind}", cases)
    ]


def _compared(what: str, cases: Iterable[Case]) -> list[Row]:
    plain: list[list[str]] = []
    better: list[list[str]] = []
    causes, seconds = [], []
    for one in cases:
        asked = inquiry(one.incident, one.edges, NOW_MS)
        begun = time.process_time()
        found = measurements(asked, one.frames) if asked else ()
        seconds.append(time.process_time() - begun)
        causes.append(one.cause)
        plain.append([each.subject for each in suspects(one.incident, one.edges)])
        weighed = one.incident.model_copy(update={"measurements": found})
        better.append([each.subject for each in suspects(weighed, one.edges)])
    rows = []
    for k in (1, 3):
        mine, theirs = (_share(causes, named, k) for named in (better, plain))
        name = f"cause, {what}, AC@{k} ({len(causes)}; theirs: signals alone)"
        rows.append(Row(name, mine, theirs, mine / theirs if theirs else None, "reported", "share"))
    rows.append(Row(f"cause, {what}, slowest", 1e3 * max(seconds), None, None, "< 2000", "CPU ms"))
    return rows


def _share(causes: Sequence[str], named: Sequence[Sequence[str]], k: int) -> float:
    return statistics.fmean(cause in found[:k] for cause, found in zip(causes, named, strict=True))
