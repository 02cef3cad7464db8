"""Plants faults into quiet rows of a recorded application, at every node that the front reaches.

What a node loses, its callers lose too, in proportion to the requests they send there, less what they do in parallel
(a random 0 to 30 %). Nothing of the ranker's own arithmetic is used.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.backtest.issues import Scenario
from inframind.incidents.cause import Alarm, Window
from inframind.incidents.cause.call_graph import Graph, reachable

Floats = NDArray[np.float64]

KINDS = ("slow", "failing", "both", "timing out", "gone")
ROWS = 5
SHAPES = ((0, 0, 1, 1, 0), (0, 0.4, 1, 0.6, 0), (0, 1, 1, 0.1, 0), (0, 0, 1, 0.9, 0.3))  # part of each row in the fault
FRONT_SLOWER_S = (0.02, 0.15)  # as in the recorded issues
FRONT_FAILS = (0.015, 0.08)
SLOWEST_S = 30.0  # a longer delay is a time-out
FEWEST_REQUESTS = 3.0


@dataclass(frozen=True, slots=True)
class Planted:
    """One issue of which the cause is known because we put it there."""

    kind: str
    cause: str
    before: Window
    after: Window
    alarm: Alarm


def plant_everywhere(scenario: Scenario, seed: int) -> Iterator[Planted]:
    """One fault of each kind at each node where it is physically possible, in a random quiet place."""
    random = np.random.default_rng(seed)
    front = scenario.issues[0].alarm.node
    for kind in KINDS:
        for cause in reachable(scenario.graph, front)[1:]:
            planted = _plant(scenario, random, front, kind, cause)
            if planted:
                yield planted


def _plant(scenario: Scenario, random: np.random.Generator, front: str, kind: str, cause: str) -> Planted | None:
    before, after = quiet_place(scenario.quiet, random)
    columns = {name: np.array(values) for name, values in after.series.items()}
    requests = {node: np.nan_to_num(values) for (node, metric, _), values in columns.items() if metric == "requests"}
    if float(np.median(requests.get(cause, np.zeros(ROWS)))) < FEWEST_REQUESTS:
        return None
    shape = np.array(SHAPES[random.integers(len(SHAPES))])
    flow = Flow(scenario.graph, front, requests, random)
    reach = float((flow.upwards(cause, requests[cause])[front] / np.maximum(requests[front], 1)).mean())
    if reach <= 0:
        return None
    seconds, failed = _losses(kind, reach, random)
    if seconds > SLOWEST_S or failed > 1:
        return None
    for node, lost in flow.upwards(cause, seconds * shape * requests[cause]).items():
        add(columns, (node, "latency", "Average"), lost / np.maximum(requests[node], 1))
    for node, lost in flow.upwards(cause, failed * shape * requests[cause]).items():
        if kind in ("slow", "failing", "both") or node != cause:  # callers give up: the callee itself counts no failure
            share = np.minimum(np.round(lost), requests[node]) / np.maximum(requests[node], 1)
            add(columns, (node, "availability", "Average"), -100 * share)
    if kind == "gone":
        silence(columns, cause, shape)
    metric = "latency" if kind == "slow" or (kind == "both" and random.random() < 0.5) else "availability"
    alarm = Alarm(front, metric, "Average", after.times[2] - float(random.uniform(-250, 150)))
    return Planted(kind, cause, before, Window(after.times, {n: v.tolist() for n, v in columns.items()}), alarm)


def _losses(kind: str, reach: float, random: np.random.Generator) -> tuple[float, float]:
    """Seconds and failures for each request of the cause."""
    slower = float(np.exp(random.uniform(*np.log(FRONT_SLOWER_S)))) / reach
    fails = float(random.uniform(*FRONT_FAILS)) / reach
    if kind == "timing out":
        return min(fails, 1.0) * float(random.uniform(3, 10)), fails
    return (slower if kind in ("slow", "both") else 0.0), {"slow": 0.0, "gone": 1.0}.get(kind, fails)


class Flow:
    """How a loss runs up from a node to its callers."""

    def __init__(self, graph: Graph, front: str, requests: dict[str, Floats], random: np.random.Generator) -> None:
        self.nodes = [node for node in reachable(graph, front) if node in requests]
        self.callers = {n: [c for c in self.nodes if n in graph.get(c, ()) and c != n] for n in self.nodes}
        self.requests = requests
        self.waits = {(c, n): random.uniform(0.7, 1.0) for n in self.nodes for c in self.callers[n]}

    def upwards(self, node: str, lost: Floats) -> dict[str, Floats]:
        """Loss of `node` and of everything above it; the graph has no rings."""
        losses = {node: lost}
        for caller in self.callers[node]:
            whole = np.maximum(sum(self.requests[each] for each in self.callers[node]), 1e-9)
            part = lost * self.requests[caller] / whole * self.waits[caller, node]
            for above, more in self.upwards(caller, part).items():
                losses[above] = losses.get(above, np.zeros(ROWS)) + more
        return losses


def quiet_place(quiet: Window, random: np.random.Generator) -> tuple[Window, Window]:
    """A history of random length, and the rows that follow it."""
    first = int(random.integers(len(quiet.times) // 2, len(quiet.times) - ROWS))
    parts = (slice(0, first), slice(first, first + ROWS))
    before, after = (Window(quiet.times[part], {n: v[part] for n, v in quiet.series.items()}) for part in parts)
    return before, after


def add(columns: dict[tuple[str, str, str], Floats], name: tuple[str, str, str], values: Floats) -> None:
    """Adds to a column, if there is one; it stays at 0 at least."""
    if name in columns:
        columns[name] = np.maximum(columns[name] + values, 0.0)


def silence(columns: dict[tuple[str, str, str], Floats], node: str, shape: Floats) -> None:
    """The node has no requests while the fault has most of a row, and nothing else to show."""
    gone = shape > 0.5
    for (name, metric, statistic), values in list(columns.items()):
        if name == node:
            empty = 0.0 if metric == "requests" else np.nan
            columns[name, metric, statistic] = np.where(gone, empty, values)
