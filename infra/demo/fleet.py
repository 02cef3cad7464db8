"""A seeded fleet of servers and services: two quiet hours, then a fault.

The fault: the database `db-1` starts a runaway query. Its CPU climbs, its memory fills, and `payments`, which depends
on it, answers slowly and with errors. Standard library only: the demonstration runs with whatever Python there is.
"""

from dataclasses import dataclass
from random import Random

STEP_S = 15
QUIET_STEPS = 480  # two hours: long enough for every series to have a past
FAULT_STEPS = 20  # five minutes
DRIFT_STEPS = 40  # what the slow part of a value is the mean of: ten minutes

SERVERS = ("web-1", "web-2", "web-3", "db-1", "db-2", "gpu-1")
SERVICES = ("checkout", "payments", "search")
PLANTED = {"db-1": ("cpu_usage", "memory_usage"), "payments": ("latency_ms", "error_rate")}


@dataclass(frozen=True, slots=True)
class Curve:
    """One series of the fleet: its resource, its metric and its values, one each `STEP_S`."""

    resource: str
    metric: str
    values: list[float]

    @property
    def is_planted(self) -> bool:
        """Whether the fault shows in this series."""
        return self.metric in PLANTED.get(self.resource, ())


def fleet(seed: int) -> list[Curve]:
    """Every series of the fleet; the same seed gives the same fleet."""
    random = Random(seed)
    curves = [curve for name in SERVERS for curve in _server(name, random)]
    return curves + [curve for name in SERVICES for curve in _service(name, random)]


def _server(name: str, random: Random) -> list[Curve]:
    cpu = _wandering(random, level=random.uniform(25, 45), noise=2.0)
    memory = _wandering(random, level=random.uniform(45, 65), noise=0.4)
    if name in PLANTED:
        cpu, memory = _with_fault(cpu, 60, over=4, most=99), _with_fault(memory, 35, over=10, most=97)
    curves = [Curve(name, "cpu_usage", cpu), Curve(name, "memory_usage", memory)]
    if name.startswith("gpu"):
        curves.append(Curve(name, "gpu_usage", _wandering(random, level=70, noise=3.0)))
    return curves


def _service(name: str, random: Random) -> list[Curve]:
    latency = _wandering(random, level=random.uniform(60, 120), noise=5.0)
    errors = [abs(value) for value in _wandering(random, level=0.4, noise=0.1)]
    requests = _wandering(random, level=random.uniform(150, 300), noise=9.0)
    if name in PLANTED:
        latency, errors = _with_fault(latency, 900, over=6), _with_fault(errors, 12, over=6)
    return [Curve(name, "latency_ms", latency), Curve(name, "error_rate", errors), Curve(name, "rps", requests)]


def _wandering(random: Random, level: float, noise: float) -> list[float]:
    """A level that drifts slowly around itself, with noise on top."""
    steps = QUIET_STEPS + FAULT_STEPS
    shocks = [random.gauss(0, noise) for _ in range(steps + DRIFT_STEPS)]
    slow = [sum(shocks[i : i + DRIFT_STEPS]) / DRIFT_STEPS for i in range(steps)]
    return [round(level + 2 * drift + random.gauss(0, noise), 3) for drift in slow]


def _with_fault(values: list[float], height: float, over: int, most: float = float("inf")) -> list[float]:
    """The values, from the fault on raised by up to `height`, which is reached after `over` steps."""
    raised = [
        round(min(value + height * min(step / over, 1.0), most), 3)
        for step, value in enumerate(values[QUIET_STEPS:], start=1)
    ]
    return values[:QUIET_STEPS] + raised
