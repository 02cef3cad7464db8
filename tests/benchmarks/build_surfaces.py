"""Simulated pipelines to tune: what a build takes for each configuration, in families that share no formula.

`scaling` follows the universal scalability law, `graph` the critical path of a dependency graph, `disk` a shared
bandwidth that jobs wait for, `heap` processes whose memory follows the cores and caches that help only when whole,
`tests` a fixed set of test jobs of uneven length. Parameters are lognormal, one draw a pipeline.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.optimization.candidates import CACHE_GB, CPUS, JOBS, MEMORY_GB
from inframind.optimization.prices import PriceTable

Floats = NDArray[np.float64]
COST_SHARES = (1 / 3, 0.1)  # of the objective, in turns; duration has the rest, each against the default's
OUTLIERS, OUTLIER_FACTOR = 0.03, 1.5
HOST_CPUS, HOST_MEMORY_GB = 32.0, 64.0
AXES = (
    [jobs for jobs in JOBS if jobs <= 2 * HOST_CPUS],
    [cpus for cpus in CPUS if cpus <= HOST_CPUS],
    [size for size in MEMORY_GB if size <= HOST_MEMORY_GB],
    list(CACHE_GB),
)
DEFAULT = (2.0, 2.0, 8.0, 0.0)


@dataclass(frozen=True)
class Truth:
    """What configurations take in the long run: seconds, GB needed, the share of builds that fail, the objective."""

    seconds: Floats
    need_gb: Floats
    oom: Floats
    loss: Floats


@dataclass(frozen=True)
class Run:
    """One simulated build."""

    duration_s: float
    memory_gb: float
    oom: bool
    loss: float


class Surface:
    """A pipeline: what configurations take in the long run, and noisy builds."""

    def __init__(self, family: str, seed: int) -> None:
        self.family, self.seed, self.cost_share = family, seed, COST_SHARES[seed % 2]
        rng = np.random.default_rng([seed, 99])
        self.noise, self.memory_noise, self.squeeze = (
            rng.uniform(0.04, 0.12),
            rng.uniform(0.02, 0.06),
            rng.lognormal(0.3, 0.4),
        )
        self.scale_s, self.scale_usd = 1.0, 1.0
        usual = self.truth(np.array([DEFAULT]))
        self.scale_s = float(usual.seconds[0])
        self.scale_usd = PriceTable().cost(self.scale_s, DEFAULT[1])
        self.best = float(self.truth(plane()).loss.min())

    def truth(self, x: Floats) -> Truth:
        """The long run at configurations (n, 4)."""
        drawn = np.random.default_rng([self.seed, sorted(FAMILIES).index(self.family)])
        seconds, need = FAMILIES[self.family](drawn, x)
        tight = need / x[:, 2]
        seconds = seconds * (1 + self.squeeze * np.maximum(tight - 0.85, 0))
        nodes = np.linspace(-2, 2, 9)
        plain = [self._plain(seconds * np.exp(self.noise * node), x[:, 1]) for node in nodes]
        mean = np.average(plain, axis=0, weights=np.exp(-(nodes**2) / 2))
        oom = _normal(np.log(tight) / self.memory_noise)
        return Truth(seconds, need, oom, (1 - oom) * mean + oom * (3 * mean + 1))

    def regret(self, row: Floats) -> float:
        """How much worse than the best configuration of the plane this one is in the long run, as a share."""
        return float(self.truth(row[None]).loss[0] / self.best - 1)

    def build(self, row: Floats, rng: np.random.Generator) -> Run:
        """One build; a build that runs out of memory was for nothing and has to be repeated."""
        truth, drawn = self.truth(row[None]), rng.standard_normal(2)
        outlier = OUTLIER_FACTOR if rng.random() < OUTLIERS else 1.0
        seconds = float(truth.seconds[0] * outlier * np.exp(self.noise * drawn[0]))
        need = float(truth.need_gb[0] * np.exp(self.memory_noise * drawn[1]))
        oom = need > row[2]
        plain = float(self._plain(np.array([seconds]), row[1:2])[0])
        return Run(seconds, min(need, float(row[2])), oom, 3 * plain + 1 if oom else plain)

    def context(self, rng: np.random.Generator) -> dict[str, str | float]:
        """What a sender would say of the pipeline: its tool, and rough figures of a default build."""
        tools = {"scaling": "cmake", "graph": "bazel", "disk": "npm", "heap": "gradle", "tests": "pytest"}
        usual, rough = self.truth(np.array([DEFAULT])), np.exp(0.2 * rng.standard_normal(2))
        told = {"max_rss_gb": usual.need_gb[0] * rough[0], "avg_step_duration_s": usual.seconds[0] * rough[1] / 5}
        return {"tool": tools[self.family], "num_steps": 5.0, **{name: float(value) for name, value in told.items()}}

    def _plain(self, seconds: Floats, cpus: Floats) -> Floats:
        cost = PriceTable().billed(seconds) * PriceTable().rates(cpus) / self.scale_usd
        return (1 - self.cost_share) * seconds / self.scale_s + self.cost_share * cost


def plane() -> Floats:
    """Every configuration of a host with 32 cores and 64 GB: 3,024 of them."""
    axes = np.meshgrid(*AXES, indexing="ij")
    return np.stack([axis.ravel() for axis in axes], axis=1).astype(np.float64)


def _scaling(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    cores = np.minimum(jobs * rng.uniform(0.7, 1.0), cpus)
    serial, contention, coherency = rng.lognormal(-2.2, 0.5), rng.lognormal(-3.2, 0.6), rng.lognormal(-6, 0.8)
    slower = (1 + contention * (cores - 1) + coherency * cores * (cores - 1)) / cores
    crowd = 1 + rng.lognormal(-2.5, 0.6) * np.maximum(jobs / cpus - 1, 0)
    hits = rng.beta(3, 2) * (1 - np.exp(-cache / rng.lognormal(1.0, 0.6)))
    moved = rng.lognormal(-5.5, 0.7) * cache
    seconds = rng.lognormal(6.6, 0.8) * (serial + slower * crowd * (1 - hits) + moved)
    need = rng.lognormal(0.2, 0.5) + rng.lognormal(-0.7, 0.5) * jobs + rng.lognormal(-3.5, 0.5) * cache
    return seconds, need


def _graph(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    width = rng.lognormal(2.3, 0.6)  # how many jobs the graph has ready on average
    ready = width * (1 - np.exp(-jobs / width))
    busy = np.minimum(ready, cpus) * (1 - 0.04 * np.maximum(np.log2(np.maximum(jobs / cpus, 1)), 0))
    work, span = rng.lognormal(6.8, 0.8), rng.uniform(0.03, 0.15)
    hits = rng.beta(4, 2) * cache / (cache + rng.lognormal(0.8, 0.6))
    seconds = (
        work * ((1 - hits) / np.maximum(busy, 0.5) + span * (1 - 0.5 * hits))
        + work * rng.lognormal(-5, 0.5) * cache**0.7
    )
    need = rng.lognormal(0.4, 0.4) + rng.lognormal(-0.4, 0.5) * ready**0.85
    return seconds, need


def _disk(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _memory, cache = x.T[:4]
    bandwidth, reading = rng.lognormal(1.3, 0.4), rng.uniform(0.2, 0.5)
    compute = (1 - reading) / np.minimum(jobs, cpus)
    seeking = reading / np.minimum(jobs, bandwidth) * (1 + 0.03 * np.maximum(jobs - bandwidth, 0))
    hits = rng.beta(3, 3) * (1 - np.exp(-np.sqrt(cache / rng.lognormal(1.0, 0.5))))
    work = rng.lognormal(6.3, 0.8)
    seconds = (
        work * (compute + seeking * (1 - hits) + rng.lognormal(-2.8, 0.5)) + work * rng.lognormal(-4.8, 0.6) * cache
    )
    need = rng.lognormal(0.7, 0.5) + rng.lognormal(-1.4, 0.5) * jobs + 0.05 * cache
    return seconds, need


def _heap(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    workers = np.minimum(jobs, cpus)
    lanes = rng.integers(4, 17)
    speed = np.minimum(workers, lanes) ** rng.uniform(0.7, 0.95) * np.where(workers > lanes, 0.93, 1)
    whole = rng.lognormal(1.2, 0.6)  # GB of a working set: less of it hardly helps
    hits = rng.beta(5, 2) / (1 + np.exp(-4 * (np.log(cache + 1e-3) - np.log(whole))))
    work = rng.lognormal(6.5, 0.7)
    seconds = work * (rng.uniform(0.08, 0.25) + (1 - hits) / speed + (cache > 0) * rng.lognormal(-3.5, 0.5))
    seconds *= np.where(jobs > 2 * cpus, rng.uniform(1.05, 1.3), 1)
    need = (
        rng.lognormal(1.0, 0.4) + rng.lognormal(-1.2, 0.4) * workers + rng.lognormal(-1.0, 0.5) * np.minimum(jobs, 24)
    )
    return seconds, need


def _tests(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    lengths = rng.lognormal(0, 0.9, rng.integers(15, 60))
    lengths /= lengths.sum()
    lanes = np.minimum(jobs, cpus * rng.uniform(1, 1.6))
    makespan = np.maximum(1 / lanes + lengths.max() * (1 - 1 / lanes), lengths.max())
    slowed = 1 + rng.lognormal(-4, 0.5) * (jobs - 1)
    setup = rng.uniform(0.05, 0.3) * (1 - rng.beta(4, 2) * np.minimum(cache / rng.lognormal(0.7, 0.4), 1))
    work = rng.lognormal(6.5, 0.8)
    seconds = work * (makespan * slowed + setup + rng.lognormal(-5.2, 0.5) * cache)
    need = rng.lognormal(0.0, 0.4) + rng.lognormal(-0.3, 0.5) * np.maximum(jobs, 1) ** 0.95
    return seconds, need


def _normal(z: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(0.07056 * z**3 + 1.5976 * z, -60, 60)))


FAMILIES: dict[str, Callable[[np.random.Generator, Floats], tuple[Floats, Floats]]] = {
    "scaling": _scaling,
    "graph": _graph,
    "disk": _disk,
    "heap": _heap,
    "tests": _tests,
}
