"""Faults of every kind in simulated applications, each as large as its front needs to raise an alarm."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from inframind.incidents.cause import Alarm, Window
from tests.benchmarks.judged import Case
from tests.benchmarks.meshes import FRONT, SHAPES, STEP_S, Fault, Floats, Mesh, mesh

HISTORY = 240
ROWS = 5
LATER_S = 1e6
STEPS = ((0, 0, 1, 1, 0.2), (0, 0.3, 1, 1, 0.7), (0, 0, 0.6, 1, 1))  # part of each row in the fault
RISING = (0.0, 0.15, 0.45, 0.75, 1.0)
SLOWER = (0.25, 1.5)  # of the front's usual latency
FAILS = (0.02, 0.12)  # of the front's requests
LEAST = 3.0  # standard deviations of the front's quiet rows: below it nobody would have raised an alarm
SIZES = {"chain": (5, 10, 15)}
ALL_SIZES = (5, 12, 40, 200)
TRAFFIC = (30.0, 300.0, 3000.0)
KINDS = (
    "slow",
    "failing",
    "failing early",
    "slow for 5 to 20 %",
    "failing for 5 to 20 %",
    "jittery",
    "slow onset",
    "timing out",
    "retry storm",
    "overloaded",
    "gone",
    "two at once",
    "noisy neighbour",
)


def simulated(kinds: tuple[str, ...], seed: int, sizes: tuple[int, ...] = ALL_SIZES) -> Iterator[Case]:
    """One fault of each kind for every shape, size and traffic; fewer where none of them reaches the front."""
    for shape, made, before, random in _meshes(seed, sizes):
        for kind in kinds:
            tries = (_planted(made, before, kind, random) for _ in range(6))
            found = next(filter(None, tries), None)
            if found:
                yield replace(found, kind=kind, shape=shape)


def quiet(seed: int, sizes: tuple[int, ...] = ALL_SIZES, surge: float = 1.0) -> Iterator[Case]:
    """Alarms without any fault, on either metric."""
    for shape, made, before, random in _meshes(seed, sizes):
        after = made.observed(random, ROWS, LATER_S, Fault(surge=np.array([1, 1, *[surge] * (ROWS - 2)])))
        for metric in ("latency", "availability"):
            alarm = Alarm(FRONT, metric, "Average", after.times[2] - 100.0)
            yield Case(before, after, made.graph, alarm, "", kind="quiet", shape=shape)


def _meshes(seed: int, sizes: tuple[int, ...]) -> Iterator[tuple[str, Mesh, Window, np.random.Generator]]:
    """Every shape, size and traffic, with its quiet history, and the die that is thrown for it."""
    for shape in SHAPES:
        for size in SIZES.get(shape, sizes):
            for traffic in TRAFFIC:
                random = np.random.default_rng([seed, SHAPES.index(shape), size, int(traffic)])
                made = mesh(shape, size, traffic, random)
                yield f"{shape} of {size}", made, made.observed(random, HISTORY, 0.0, Fault()), random


def _planted(made: Mesh, before: Window, kind: str, random: np.random.Generator) -> Case | None:
    cause = str(random.choice(list(made.calls)[1:]))
    shape = np.array(RISING if kind == "slow onset" else STEPS[random.integers(len(STEPS))])
    fault = _fault(made, cause, kind, shape, random)
    if fault is None:
        return None
    well, ill = made.flow(Fault())[FRONT], made.flow(fault)[FRONT]
    slower = float((ill[0] - well[0]).max()) / _spread(before, "latency")
    fails = 100 * float((ill[1] - well[1]).max()) / _spread(before, "availability")
    if max(slower, fails) < LEAST:
        return None
    metric = "latency" if slower > fails else "availability"
    after = made.observed(random, ROWS, LATER_S, fault)
    if kind == "noisy neighbour":
        _disturbed(after, sorted(set(made.calls) - {FRONT, cause, *_related(made, cause)}), shape, random)
    alarm = Alarm(FRONT, metric, "Average", after.times[2] - float(random.uniform(-150, 250)))
    return Case(before, after, made.graph, alarm, cause)


def _fault(made: Mesh, cause: str, kind: str, shape: Floats, random: np.random.Generator) -> Fault | None:
    if kind == "gone":
        return Fault(gone={cause: shape})
    if kind in ("failing", "failing early", "retry storm", "failing for 5 to 20 %"):
        return _fails(made, cause, kind, shape, random)
    usual = made.usual()[cause]
    if kind == "timing out":
        return Fault(slower={cause: usual * float(random.uniform(15, 60)) * shape})
    if kind == "slow for 5 to 20 %":
        return Fault(slower={cause: usual * float(random.uniform(5, 30) * random.uniform(0.05, 0.2)) * shape})
    seconds = _slower(made, cause, float(np.exp(random.uniform(*np.log(SLOWER)))))
    return _slows(made, {cause: seconds}, kind, shape, random) if seconds else None


def _fails(made: Mesh, cause: str, kind: str, shape: Floats, random: np.random.Generator) -> Fault | None:
    if kind == "retry storm":
        return Fault(failing={cause: float(random.uniform(0.4, 0.9)) * shape}, tries=2)
    if kind == "failing for 5 to 20 %":
        return Fault(failing={cause: float(random.uniform(0.05, 0.2)) * shape})
    share = _failing(made, cause, float(random.uniform(*FAILS)))
    return Fault(failing={cause: share * shape}, early=kind == "failing early") if share else None


def _slows(made: Mesh, seconds: dict[str, float], kind: str, shape: Floats, random: np.random.Generator) -> Fault:
    rough = random.lognormal(0, 0.7, len(shape)) if kind == "jittery" else 1.0
    slower = {node: more * shape * rough for node, more in seconds.items()}
    if kind == "two at once":
        (cause, more), whole = next(iter(seconds.items())), made.usual_front()
        other = str(random.choice(sorted(set(made.calls) - {FRONT, cause})))
        slower[other] = 0.4 * _slower(made, other, more * _reach(made, cause) / whole) * shape
    return Fault(slower=slower, surge=1 + shape * float(random.uniform(0.5, 2)) if kind == "overloaded" else 1.0)


def _spread(before: Window, metric: str) -> float:
    """Standard deviation of the front's quiet rows; at least that of one request in a row's."""
    requests = float(np.median(before.series[FRONT, "requests", "Sum"]))
    least = 100 / requests if metric == "availability" else 1e-4
    return max(float(np.nanstd(before.series[FRONT, metric, "Average"])), least)


def _reach(made: Mesh, node: str) -> float:
    """Seconds that a request of the front becomes slower by, for each that one of the node does."""
    little = 1e-4
    return float((made.flow(Fault(slower={node: np.array([little])}))[FRONT][0][0] - made.usual_front()) / little)


def _slower(made: Mesh, node: str, part: float) -> float:
    """Seconds at the node that make the front slower by a part of its usual latency; 0 where it hardly can."""
    reach = _reach(made, node)
    return part * made.usual_front() / reach if reach > 0.02 else 0.0


def _failing(made: Mesh, node: str, part: float) -> float:
    """Share of failures at the node that makes so many of the front's requests fail; 0 where it cannot."""
    none, little = made.flow(Fault())[FRONT][1], 0.01
    reach = float((made.flow(Fault(failing={node: np.array([little])}))[FRONT][1] - none)[0]) / little
    return min(part / reach, 1.0) if reach > 0.01 else 0.0


def _related(made: Mesh, node: str) -> set[str]:
    """Everything that calls the node, directly or not."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        name = waiting.pop()
        more = {caller for caller, callees in made.calls.items() if name in callees} - found
        found |= more
        waiting += more
    return found


def _disturbed(after: Window, others: list[str], shape: Floats, random: np.random.Generator) -> None:
    """One of the others becomes far slower in the same rows, and nobody minds."""
    if others:
        column = (str(random.choice(others)), "latency", "Average")
        after.series[column][:] = (np.array(after.series[column]) * (1 + random.uniform(2, 8) * shape)).tolist()  # type: ignore[index]


__all__ = ["KINDS", "STEP_S", "quiet", "simulated"]
