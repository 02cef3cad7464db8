"""From signals to one incident with its cause: how long it takes, how many alerts become how few, who is suspected.

Times are those of the local run, from the answer to the last POST: until the incident can be read, and until a server
that poses as Slack has the message, three seconds of which a notice waits on purpose. The fleet is simulated, a working
day of it: sixty faults planted in chains of services, each showing in all callers, and forty alerts that belong to
none; faults may meet, alerts come late and out of order. Theirs is one incident a service, as Alertmanager's
`group_by: [service]` makes of alerts that still fire. Causes: theirs is the ranking by signals alone.
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
from inframind.incidents.cause.metric_evidence import inquiry, measurements
from inframind.incidents.cause.signal_ranking import suspects
from inframind.incidents.rules import Rules
from inframind.records import to_ms
from inframind.signals import Signal
from tests.adapters.servers import Server, answers, reply, serving
from tests.benchmarks.bench_local_run import _call as call
from tests.benchmarks.faults import plant_everywhere
from tests.benchmarks.table import Row
from tests.contracts.signals import TEN, signal
from tests.incidents.board import World
from tests.incidents.cause.live import ONSET_MS, STEP_MS, Case, case, simulated
from tests.recorded import PETSHOP, is_here

ROUNDS = 40
PATIENCE_S = 30.0
CHAINS, DEPTH, FAULTS, NOISE, MINUTES = 30, 4, 60, 40, 480  # of the simulated fleet
UNKNOWN = (0.0, 0.1)  # parts of its calls
NOW_MS = ONSET_MS + 10 * STEP_MS


def run() -> list[Row]:
    """About four minutes."""
    return [*_times(), *(row for unknown in UNKNOWN for row in _fleet(unknown)), *_causes()]


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


def _fleet(unknown: float) -> list[Row]:
    """A working day of a fleet in which a part of the calls is unknown, and faults may meet."""
    chance = random.Random(7)
    chains = [[*(f"s{chain}-{depth}" for depth in range(DEPTH - 1)), f"store-{chain // 3}"] for chain in range(CHAINS)]
    calls = sorted({pair for chain in chains for pair in itertools.pairwise(chain)})
    known = frozenset(pair for pair in calls if chance.random() >= unknown)
    alerts, truth = _alerts(chains, chance)
    world = World(Rules(edges=known))
    for batch in _by(5, sorted(alerts, key=lambda one: one[0])):
        world.take(*(one for _, one in batch), now_ms=round(to_ms(TEN) + 60_000 * batch[-1][0]))
    found = world.grouping()
    ours = {name: at for at, names in enumerate(found) for name in names}
    theirs = {one.fingerprint: one.service for _, one in alerts}
    what = f"{1 - unknown:.0%} of calls known"
    rows = [
        Row(
            f"alerts an incident ({len(alerts)} alerts), {what}",
            *_ratio(len(alerts), ours, theirs),
            "reported",
            "alerts",
        )
    ]
    for place, measure in enumerate(("precision", "recall")):
        mine, other = _pairs(truth, ours)[place], _pairs(truth, theirs)[place]
        rows.append(Row(f"pairs of alerts, {measure}, {what}", mine, other, mine / other, "reported", "share"))
    return rows


def _alerts(
    chains: Sequence[Sequence[str]], chance: random.Random
) -> tuple[list[tuple[float, Signal]], dict[str, int]]:
    """Alerts with the minute at which each arrives, up to five late; and which fault each is of, or none."""
    alerts, truth = [], {}
    for fault in range(FAULTS):
        chain, begins, deepest = chance.choice(chains), chance.uniform(0, MINUTES), chance.randrange(DEPTH)
        callers = [one for one in chains if one[deepest] == chain[deepest]]
        for service in sorted({name for one in callers for name in one[: deepest + 1]}):
            for number in range(chance.randint(1, 5)):
                name, minute = f"{fault} {service} {number}", begins + chance.uniform(0, 5)
                made = signal(name, service=service, minute=minute, kind="alert")
                alerts.append((minute + chance.uniform(0, 5), made))
                truth[name] = fault
    for number in range(NOISE):
        name, minute = f"noise {number}", chance.uniform(0, MINUTES)
        alerts.append((minute, signal(name, service=chance.choice(chance.choice(chains)), minute=minute, kind="alert")))
        truth[name] = FAULTS + number
    return alerts, truth


def _by(size: int, items: Sequence[tuple[float, Signal]]) -> list[Sequence[tuple[float, Signal]]]:
    return [items[start : start + size] for start in range(0, len(items), size)]


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
            if fault.kind == "gone":
                made = case((fault.before, fault.after), scenario.graph, fault.alarm, fault.cause, is_dead=True)
                kinds.setdefault("gone, and nothing of it arrives", []).append(made)
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
