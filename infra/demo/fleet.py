"""A seeded fleet of servers and services: two quiet hours, then a fault.

The fault: the database `db-1` starts a runaway query. Its CPU climbs, its memory fills, and `payments`, which depends
on it, answers slowly and with errors.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEP_S = 15
QUIET_STEPS = 480  # two hours: long enough for every series to have a past
FAULT_STEPS = 20  # five minutes

SERVERS = ("web-1", "web-2", "web-3", "db-1", "db-2", "gpu-1")
SERVICES = ("checkout", "payments", "search")
PLANTED = {"db-1": ("cpu_usage", "memory_usage"), "payments": ("latency_ms", "error_rate")}


@dataclass(frozen=True, slots=True)
class Curve:
    """One series of the fleet: its resource, its metric and its values, one each `STEP_S`."""

    resource: str
    metric: str
    values: NDArray[np.float64]

    @property
    def is_planted(self) -> bool:
        """Whether the fault shows in this series."""
        return self.metric in PLANTED.get(self.resource, ())


def fleet(seed: int) -> list[Curve]:
    """Every series of the fleet; the same seed gives the same fleet."""
    random = np.random.default_rng(seed)
    steps = QUIET_STEPS + FAULT_STEPS
    curves = [curve for name in SERVERS for curve in _server(name, random, steps)]
    return curves + [curve for name in SERVICES for curve in _service(name, random, steps)]


def _server(name: str, random: np.random.Generator, steps: int) -> list[Curve]:
    cpu = _wandering(random, steps, level=random.uniform(25, 45), noise=2.0)
    memory = _wandering(random, steps, level=random.uniform(45, 65), noise=0.4)
    if name in PLANTED:
        cpu[-FAULT_STEPS:] = np.minimum(cpu[-FAULT_STEPS:] + _ramp(60, over=4), 99)
        memory[-FAULT_STEPS:] = np.minimum(memory[-FAULT_STEPS:] + _ramp(35, over=10), 97)
    curves = [Curve(name, "cpu_usage", cpu), Curve(name, "memory_usage", memory)]
    if name.startswith("gpu"):
        curves.append(Curve(name, "gpu_usage", _wandering(random, steps, level=70, noise=3.0)))
    return curves


def _service(name: str, random: np.random.Generator, steps: int) -> list[Curve]:
    latency = _wandering(random, steps, level=random.uniform(60, 120), noise=5.0)
    errors = np.abs(_wandering(random, steps, level=0.4, noise=0.1))
    requests = _wandering(random, steps, level=random.uniform(150, 300), noise=9.0)
    if name in PLANTED:
        latency[-FAULT_STEPS:] += _ramp(900, over=6)
        errors[-FAULT_STEPS:] += _ramp(12, over=6)
    return [Curve(name, "latency_ms", latency), Curve(name, "error_rate", errors), Curve(name, "rps", requests)]


def _wandering(random: np.random.Generator, steps: int, level: float, noise: float) -> NDArray[np.float64]:
    """A level that drifts slowly around itself, with noise on top."""
    slow = np.convolve(random.normal(0, noise, steps + 40), np.ones(40) / 40, mode="valid")[:steps]
    return np.round(level + 2 * slow + random.normal(0, noise, steps), 3)


def _ramp(height: float, over: int) -> NDArray[np.float64]:
    """From nothing to `height` within `over` steps, then staying there."""
    return height * np.minimum(np.arange(1, FAULT_STEPS + 1) / over, 1.0)
