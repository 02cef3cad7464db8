"""A simulated application of any shape: who calls whom, and what its metrics show, quiet or with a fault.

Requests run down the calls, time and failures up: callers wait one after the other or side by side, or leave work in a
queue; they give up after a while, try again, and stop early where a call fails. The ranker's arithmetic is not used.
"""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inframind.incidents.cause import Window

Floats = NDArray[np.float64]
How = Literal["waits", "beside", "queue"]

STEP_S = 300.0
FRONT = "n0"
SHAPES = ("chain", "fan-out", "diamond", "shared database", "queues", "mixed")
PATIENCE = 12.0  # times the usual latency of a callee, after which its callers give up
SPREAD = 0.5  # of the latency of single requests, in logarithms
FAILS = 0.0005  # of all requests, always


@dataclass(frozen=True, slots=True)
class Call:
    """How one service calls another: so many times a request, and whether it waits."""

    rate: float
    how: How = "waits"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in each row, per node: seconds more, share of requests that fail, and who is gone."""

    slower: dict[str, Floats] = field(default_factory=dict)
    failing: dict[str, Floats] = field(default_factory=dict)
    gone: dict[str, Floats] = field(default_factory=dict)
    surge: Floats | float = 1.0
    tries: int = 0
    early: bool = False  # a failing node fails before it calls anybody


@dataclass(frozen=True, slots=True)
class Mesh:
    """Nodes in an order in which callers precede callees; the first is the front."""

    calls: dict[str, dict[str, Call]]
    seconds: dict[str, float]
    restless: dict[str, float]
    traffic: float

    @property
    def graph(self) -> dict[str, list[str]]:
        """Who calls whom."""
        return {caller: list(callees) for caller, callees in self.calls.items()}

    def flow(self, fault: Fault, noise: dict[str, Floats] | None = None) -> dict[str, tuple[Floats, Floats, Floats]]:
        """Seconds and failed share of a request, and requests for each of the front's, per node and row."""
        one = np.ones(np.shape(fault.surge) or next((v.shape for v in self._arrays(fault)), (1,)))
        if noise:
            one = np.ones(len(noise[FRONT]))
        seconds: dict[str, Floats] = {}
        fails: dict[str, Floats] = {}
        tries, reached, patience = {}, {}, self.usual()
        for node in reversed(self.calls):
            own = self.seconds[node] * (noise[node] if noise else one) + fault.slower.get(node, 0.0) * one
            broken = fault.failing.get(node, 0.0) * one
            going = 1.0 - broken if fault.early else one
            beside, ok = 0.0 * one, one
            for callee, call in self.calls[node].items():
                reached[node, callee] = going
                late = _late(seconds[callee], PATIENCE * patience[callee])
                gone = fault.gone.get(callee, 0.0) * one
                bad = 1.0 - (1.0 - fails[callee]) * (1.0 - late) * (1.0 - gone)
                tries[node, callee] = sum((bad**number for number in range(1, fault.tries + 1)), start=one)
                if call.how == "queue":
                    continue
                bad = bad ** (1 + fault.tries)
                spent = np.minimum(seconds[callee], PATIENCE * patience[callee]) * (1.0 - gone)
                cost = going * call.rate * spent * tries[node, callee]
                own, beside = (own + cost, beside) if call.how == "waits" else (own, np.maximum(beside, cost))
                ok, going = ok * _without(bad, call.rate), going * _without(bad, call.rate)
            seconds[node], fails[node] = own + beside, 1.0 - ok * (1.0 - broken) * (1.0 - FAILS)
        arrive = dict.fromkeys(self.calls, 0.0 * one) | {FRONT: one}
        for node, callees in self.calls.items():
            alive = 1.0 - fault.gone.get(node, 0.0) * one
            for callee, call in callees.items():
                more = arrive[node] * call.rate * alive * reached[node, callee] * tries[node, callee]
                arrive[callee] = arrive[callee] + more
        return {node: (seconds[node], fails[node], arrive[node]) for node in self.calls}

    def observed(self, random: np.random.Generator, rows: int, start_s: float, fault: Fault) -> Window:
        """What is measured of it."""
        noise = {
            node: random.lognormal(0, self.restless[node], rows) * (1 + 1.5 * (random.random(rows) < 0.01))
            for node in self.calls
        }
        swing = 1 + 0.3 * np.sin((start_s / STEP_S + np.arange(rows)) / 46)
        front = random.poisson(self.traffic * swing * fault.surge).astype(float)
        series: dict[tuple[str, str, str], list[float]] = {}
        for node, (seconds, fails, arrive) in self.flow(fault, noise).items():
            mean = front * arrive * (1.0 - fault.gone.get(node, np.zeros(rows)))
            requests = front if node == FRONT else random.poisson(mean).astype(float)
            counted = np.maximum(requests, 1)
            shown = seconds * np.maximum(1 + random.normal(0, SPREAD, rows) / np.sqrt(counted), 0.2)
            failed = random.binomial(requests.astype(int), np.clip(fails, 0, 1))
            some = requests > 0
            series[node, "latency", "Average"] = np.where(some, shown, np.nan).tolist()
            series[node, "requests", "Sum"] = np.where(some, requests, np.nan).tolist()
            series[node, "availability", "Average"] = np.where(some, 100 - 100 * failed / counted, np.nan).tolist()
        return Window([start_s + STEP_S * row for row in range(rows)], series)

    def usual(self) -> dict[str, float]:
        """Seconds of a request where nothing is wrong, per node."""
        found: dict[str, float] = {}
        for node in reversed(self.calls):
            waits = (call.rate * found[callee] for callee, call in self.calls[node].items() if call.how != "queue")
            found[node] = self.seconds[node] + sum(waits)
        return found

    def usual_front(self) -> float:
        """Seconds of the front's requests where nothing is wrong."""
        return float(self.flow(Fault())[FRONT][0][0])

    @staticmethod
    def _arrays(fault: Fault) -> list[Floats]:
        return [*fault.slower.values(), *fault.failing.values(), *fault.gone.values()]


def _without(bad: Floats, rate: float) -> Floats:
    """The share of requests of which no call fails: some make a call more than others."""
    whole = int(rate)
    return np.asarray((1.0 - bad) ** whole * (1.0 - (rate - whole) * bad))


def _late(seconds: Floats, patience: float) -> Floats:
    """The share of requests that take longer than their callers wait (a logistic curve for the normal one)."""
    distance = np.log(np.maximum(seconds, 1e-9) / patience) / SPREAD
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(1.7 * distance, -50, 50))))


def mesh(shape: str, nodes: int, traffic: float, random: np.random.Generator) -> Mesh:
    """An application of the shape, with `nodes` services."""
    names = [f"n{number}" for number in range(nodes)]
    calls: dict[str, dict[str, Call]] = {name: {} for name in names}
    for number, name in enumerate(names[1:], 1):
        callers = _callers(shape, number, nodes, random)
        for caller in callers:
            how: How = "waits"
            if shape in ("queues", "mixed") and number > 1 and random.random() < (0.3 if shape == "queues" else 0.1):
                how = "queue"
            elif shape in ("fan-out", "mixed") and random.random() < 0.4:
                how = "beside"
            calls[names[caller]][name] = Call(float(random.uniform(0.5, 1.4)) / len(callers), how)
    seconds = {name: float(np.exp(random.uniform(np.log(0.003), np.log(0.06)))) for name in names}
    restless = {name: float(random.choice([0.03, 0.06, 0.2], p=[0.5, 0.35, 0.15])) for name in names}
    return Mesh(calls, seconds, restless, traffic)


def _callers(shape: str, number: int, nodes: int, random: np.random.Generator) -> list[int]:
    """Who calls the node of this number; all of a lower one."""
    if shape == "chain":
        return [number - 1]
    if shape == "fan-out":
        return [(number - 1) // 8]
    if shape == "diamond":  # n0 -> two -> one -> two -> one ...
        return [number - 1, number - 2] if number % 3 == 0 else [3 * ((number - 1) // 3)]
    if shape == "shared database":
        return sorted({int(one) for one in random.integers(0, nodes - 1, 4)}) if number == nodes - 1 else [number // 3]
    wide = max(1, number // 2)
    return sorted({int(one) for one in random.integers(number - wide if number > 4 else 0, number, 2)})
