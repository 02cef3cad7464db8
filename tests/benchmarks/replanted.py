"""Faults of kinds that the recorded issues do not have, planted into their quiet hours at every node.

As in `faults`, a node's loss runs up to its callers in proportion to the requests they send there.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from inframind.backtest.issues import Scenario
from inframind.incidents.cause import Alarm, Window
from inframind.incidents.cause.call_graph import Graph, reachable
from tests.benchmarks.faults import (
    FEWEST_REQUESTS,
    FRONT_FAILS,
    FRONT_SLOWER_S,
    ROWS,
    SHAPES,
    SLOWEST_S,
    Floats,
    Flow,
    add,
    quiet_place,
    silence,
)
from tests.benchmarks.judged import Case
from tests.benchmarks.mesh_faults import RISING

KINDS = (
    "slow",
    "failing",
    "slow for 5 to 20 %",
    "failing for 5 to 20 %",
    "jittery",
    "slow onset",
    "timing out",
    "retry storm",
    "overloaded",
    "gone",
    "gone, with all it calls",
    "two at once",
    "noisy neighbour",
)
LEAST_SLOWER_S, LEAST_FAILS = 0.015, 0.01  # of the front: below it nobody would have raised an alarm
Columns = dict[tuple[str, str, str], Floats]


def replanted(scenario: Scenario, seed: int, kinds: Sequence[str] = KINDS) -> Iterator[Case]:
    """One fault of each kind at each node where it can be seen at the front."""
    front = scenario.issues[0].alarm.node
    for number, kind in enumerate(kinds):
        random = np.random.default_rng([seed, number])
        for cause in reachable(scenario.graph, front)[1:]:
            before, after = quiet_place(scenario.quiet, random)
            found = _Planting(scenario.graph, front, after, random).case(kind, cause, before)
            if found:
                yield found


def still(scenario: Scenario, seed: int, number: int) -> Iterator[Case]:
    """Alarms in quiet hours, on either metric."""
    random = np.random.default_rng([seed, 99])
    front = scenario.issues[0].alarm.node
    for _ in range(number):
        before, after = quiet_place(scenario.quiet, random)
        for metric in ("latency", "availability"):
            alarm = Alarm(front, metric, "Average", after.times[2] - 100.0)
            yield Case(before, after, scenario.graph, alarm, "", kind="quiet", shape=scenario.name)


class _Planting:
    """Five quiet rows into which one fault is put."""

    def __init__(self, graph: Graph, front: str, after: Window, random: np.random.Generator) -> None:
        self.graph, self.front, self.after, self.random = graph, front, after, random
        self.columns: Columns = {name: np.array(values) for name, values in after.series.items()}
        self.requests = {n: np.nan_to_num(v) for (n, metric, _), v in self.columns.items() if metric == "requests"}
        self.flow = Flow(graph, front, self.requests, random)

    def case(self, kind: str, cause: str, before: Window) -> Case | None:
        """The fault of the kind at the node, if the front is hurt enough by it."""
        if float(np.median(self.requests.get(cause, np.zeros(ROWS)))) < FEWEST_REQUESTS:
            return None
        shape = np.array(RISING if kind == "slow onset" else SHAPES[self.random.integers(len(SHAPES))], float)
        slower, fails = self._losses(kind, cause)
        rough = self.random.lognormal(0, 0.7, ROWS) if kind == "jittery" else 1.0
        seen_s = self._lose(cause, slower * shape * rough, "latency")
        gone = kind.startswith("gone")
        seen = self._lose(cause, fails * shape, "availability", own=kind not in ("timing out",) and not gone)
        if max(seen_s / LEAST_SLOWER_S, seen / LEAST_FAILS) < 1 or slower > SLOWEST_S or fails > 1:
            return None
        self._beside(kind, cause, shape, slower)
        metric = "latency" if seen_s / LEAST_SLOWER_S > seen / LEAST_FAILS else "availability"
        alarm = Alarm(self.front, metric, "Average", self.after.times[2] - float(self.random.uniform(-250, 150)))
        after = Window(self.after.times, {name: values.tolist() for name, values in self.columns.items()})
        return Case(before, after, self.graph, alarm, cause, kind=kind)

    def _losses(self, kind: str, cause: str) -> tuple[float, float]:
        """Seconds and failures for each request of the cause."""
        whole = np.maximum(self.requests[self.front], 1)
        reach = float((self.flow.upwards(cause, self.requests[cause])[self.front] / whole).mean())
        if reach <= 0:
            return 0.0, 0.0
        usual = float(np.nan_to_num(np.nanmean(self.columns.get((cause, "latency", "Average"), np.zeros(ROWS)))))
        slower = float(np.exp(self.random.uniform(*np.log(FRONT_SLOWER_S)))) / reach
        fails = float(self.random.uniform(*FRONT_FAILS)) / reach
        some = float(self.random.uniform(0.05, 0.2))
        losses = {
            "failing": (0.0, fails),
            "slow for 5 to 20 %": (some * usual * float(self.random.uniform(5, 30)), 0.0),
            "failing for 5 to 20 %": (0.0, some),
            "timing out": (min(fails, 1.0) * float(self.random.uniform(3, 10)), fails),
            "retry storm": (slower, float(self.random.uniform(0.3, 0.6))),
            "gone": (0.0, 1.0),
            "gone, with all it calls": (0.0, 1.0),
        }
        return losses.get(kind, (slower, 0.0))

    def _lose(self, node: str, each: Floats, metric: str, *, own: bool = True) -> float:
        """Takes time or success from the node and its callers; what the front loses a request, at most."""
        lost = self.flow.upwards(node, each * self.requests[node])
        for name, loss in lost.items():
            counted = np.maximum(self.requests[name], 1)
            if metric == "latency":
                add(self.columns, (name, metric, "Average"), loss / counted)
            elif own or name != node:
                add(self.columns, (name, metric, "Average"), -100 * np.minimum(np.round(loss), counted) / counted)
        front = lost.get(self.front, np.zeros(ROWS)) / np.maximum(self.requests[self.front], 1)
        return float(front.max())

    def _beside(self, kind: str, cause: str, shape: Floats, slower: float) -> None:
        """What else such a fault does."""
        if kind == "retry storm":  # callers try three times, and the front sees hardly a failure
            self._ask(cause, 1 + 2 * shape)
        elif kind == "overloaded":
            for name in {node for node, metric, _ in self.columns if metric == "requests"}:
                self._ask(name, 1 + shape)
        elif kind.startswith("gone"):
            silence(self.columns, cause, shape)
            if kind != "gone":
                self._starve(cause, shape)
        elif kind in ("two at once", "noisy neighbour"):
            others = [name for name in self.flow.nodes if self._is_apart(name, cause)]
            other = str(self.random.choice(others)) if others else cause
            if kind == "two at once":
                ratio = self.requests[cause].mean() / max(self.requests[other].mean(), 1.0)
                self._lose(other, 0.4 * slower * ratio * shape if ratio < SLOWEST_S else 0 * shape, "latency")
            else:
                column = (other, "latency", "Average")
                factor = 1 + self.random.uniform(2, 8) * shape
                self.columns[column] = self.columns.get(column, np.full(ROWS, np.nan)) * factor

    def _is_apart(self, name: str, cause: str) -> bool:
        return cause not in reachable(self.graph, name) and name not in reachable(self.graph, cause)

    def _ask(self, node: str, factor: Floats) -> None:
        column = (node, "requests", "Sum")
        if column in self.columns:
            self.columns[column] = np.round(self.columns[column] * factor)

    def _starve(self, cause: str, shape: Floats) -> None:
        """What only the cause calls, or only nodes that it alone calls, gets no requests either."""
        starved = {cause}
        for node in reachable(self.graph, cause)[1:]:
            callers = {caller for caller, callees in self.graph.items() if node in callees and caller in self.requests}
            if callers <= starved:
                starved.add(node)
                silence(self.columns, node, shape)
