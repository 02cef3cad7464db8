"""A simulated shop, quiet or with one planted fault, whose trouble runs up the calls as it does in life."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from inframind.incidents.cause import Alarm, Window

STEP_S = 300
ROWS = 5
FAULT = np.array([0.0, 0.1, 1.0, 0.8, 0.0])  # part of each row that lies in the fault
FRONT = "web"
GRAPH = {
    "web": ["cart", "search", "mail", "proxy"],
    "cart": ["stock", "bank"],
    "search": ["index", "stock"],
    "stock": ["stock-db"],
    "proxy": ["offers"],
    "offers": [],
    "mail": [],
    "bank": [],
    "index": [],
    "stock-db": [],
}
# calls for each request of the front, and usual seconds a call
RATE = {
    "web": 1.0,
    "cart": 0.3,
    "search": 1.2,
    "mail": 0.2,
    "proxy": 0.1,
    "offers": 0.1,
    "stock": 1.5,
    "bank": 0.3,
    "index": 1.2,
    "stock-db": 1.5,
}
SECONDS = {
    "web": 0.09,
    "cart": 0.1,
    "search": 0.02,
    "mail": 0.03,
    "proxy": 0.05,
    "offers": 0.04,
    "stock": 0.008,
    "bank": 0.05,
    "index": 0.01,
    "stock-db": 0.004,
}
CALLS = {("cart", "stock"): 0.3, ("search", "stock"): 1.2}  # where a callee has several callers: calls by each

Series = dict[tuple[str, str, str], list[float]]
Floats = NDArray[np.float64]


@dataclass
class Shop:
    """History of 300 rows and five around an alarm; `slow`, `fail` and `silence` plant into the latter."""

    seed: int = 0
    history: int = 300
    shift: float = 1.0  # usual latency around the alarm, relative to the history's
    traffic: float = 1.0
    before: Window = field(init=False)
    after: Window = field(init=False)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.before = self._quiet(self.history, 0.0, 1.0, 1.0)
        self.after = self._quiet(ROWS, 1e7, self.shift, self.traffic)

    def _quiet(self, rows: int, start: float, shift: float, traffic: float) -> Window:
        series: Series = {}
        front = 500 * traffic * self.random.normal(1, 0.03, rows)
        for node, rate in RATE.items():
            requests = np.maximum(np.round(front * rate * self.random.normal(1, 0.02, rows)), 1)
            wild = self.random.lognormal(0, 0.06, rows) * (1 + (self.random.random(rows) < 0.02))
            failed = self.random.binomial(requests.astype(int), 0.0005)
            series[node, "latency", "Average"] = (SECONDS[node] * shift * wild).tolist()
            series[node, "requests", "Sum"] = requests.tolist()
            series[node, "availability", "Average"] = (100 - 100 * failed / requests).tolist()
        return Window([start + STEP_S * row for row in range(rows)], series)

    def alarm(self, metric: str, late_s: float = 0.0) -> Alarm:
        """The alarm of the front, raised between the second and the third row."""
        return Alarm(FRONT, metric, "Average", self.after.times[1] + STEP_S / 2 + late_s)

    def slow(self, node: str, front_s: float = 0.06) -> "Shop":
        """Makes `node` slower by as much as costs the front `front_s` a request; its callers wait for it."""
        for place, cost in self._upwards(node, front_s).items():
            self.add(place, "latency", cost / RATE[place] * FAULT)
        return self

    def fail(self, node: str, front: float = 0.06) -> "Shop":
        """Makes `node` fail calls, as many as `front` for each request of the front; its callers fail with it."""
        for place, cost in self._upwards(node, front).items():
            self.add(place, "availability", -100 * np.minimum(cost / RATE[place], 1.0) * FAULT)
        return self

    def silence(self, node: str) -> "Shop":
        """`node` is gone and reports nothing, what it alone calls gets no requests, its callers fail."""
        for place, cost in self._upwards(node, RATE[node]).items():
            if place != node:
                self.add(place, "availability", -100 * np.minimum(cost / RATE[place], 1.0) * FAULT)
        self.mute(node)
        return self

    def drop(self, node: str) -> "Shop":
        """Takes away every metric of `node`."""
        for window in (self.before, self.after):
            for column in [column for column in window.series if column[0] == node]:
                del window.series[column]  # type: ignore[attr-defined]
        return self

    def put(self, column: tuple[str, str, str], values: Floats) -> None:
        """What a column shows in each row around the alarm."""
        self.after.series[column] = values.tolist()  # type: ignore[index]

    def mute(self, node: str) -> "Shop":
        """`node` reports nothing during the fault, nor does what it alone calls."""
        gone = FAULT > 0.5
        for metric, statistic in (("latency", "Average"), ("availability", "Average")):
            values = np.array(self.after.series[node, metric, statistic])
            self.put((node, metric, statistic), np.where(gone, np.nan, values))
        requests = np.array(self.after.series[node, "requests", "Sum"])
        self.put((node, "requests", "Sum"), np.where(gone, 0, requests))
        for callee in GRAPH[node]:
            if all(caller == node for caller, callees in GRAPH.items() if callee in callees):
                self.mute(callee)
        return self

    def add(self, node: str, metric: str, values: Floats) -> None:
        """Adds to what `node` shows in each row around the alarm."""
        column = (node, metric, "Average")
        if column in self.after.series:
            added = np.array(self.after.series[column]) + values
            self.put(column, np.maximum(added, 0.0))

    def _upwards(self, node: str, cost: float) -> dict[str, float]:
        """What the trouble of `node` costs it and everything above it, for each request of the front."""
        costs = {node: cost}
        for caller in ("stock", "proxy", "cart", "search", "web"):  # callees before their callers
            below = sum(costs[callee] * _part(caller, callee) for callee in GRAPH[caller] if callee in costs)
            if below and caller != node:
                costs[caller] = below
        return costs


def _part(caller: str, callee: str) -> float:
    return CALLS.get((caller, callee), RATE[callee]) / RATE[callee]
