"""Simulated pipelines to tune: what a build takes for each configuration in the long run, and noisy builds."""

from dataclasses import dataclass

import numpy as np

from inframind.optimization.candidates import CACHE_GB, CPUS, JOBS, MEMORY_GB
from inframind.optimization.prices import PriceTable
from tests.benchmarks.build_families import FAMILIES, STALLS, TOOLS, Floats

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
        drawn = np.random.default_rng([self.seed, list(FAMILIES).index(self.family)])
        seconds, need = FAMILIES[self.family](drawn, x)
        tight = need / x[:, 2]
        seconds = seconds * (1 + self.squeeze * np.maximum(tight - 0.85, 0))
        share, factor = STALLS.get(self.family, (0.0, 1.0))
        usual, stalled = (self._mean(seconds * slower, x[:, 1]) for slower in (1.0, factor))
        mean = (1 - share) * usual + share * stalled
        oom = _normal(np.log(tight) / self.memory_noise)
        return Truth(seconds, need, oom, (1 - oom) * mean + oom * (3 * mean + 1))

    def regret(self, row: Floats) -> float:
        """How much worse than the best configuration of the plane this one is in the long run, as a share."""
        return float(self.truth(row[None]).loss[0] / self.best - 1)

    def build(self, row: Floats, rng: np.random.Generator) -> Run:
        """One build; a build that runs out of memory was for nothing and has to be repeated."""
        truth, drawn = self.truth(row[None]), rng.standard_normal(2)
        outlier = OUTLIER_FACTOR if rng.random() < OUTLIERS else 1.0
        if self.family in STALLS:
            share, factor = STALLS[self.family]
            outlier *= factor if rng.random() < share else 1.0
        seconds = float(truth.seconds[0] * outlier * np.exp(self.noise * drawn[0]))
        need = float(truth.need_gb[0] * np.exp(self.memory_noise * drawn[1]))
        oom = need > row[2]
        plain = float(self._plain(np.array([seconds]), row[1:2])[0])
        return Run(seconds, min(need, float(row[2])), oom, 3 * plain + 1 if oom else plain)

    def context(self, rng: np.random.Generator) -> dict[str, str | float]:
        """What a sender would say of the pipeline: its tool, and rough figures of a default build."""
        usual, rough = self.truth(np.array([DEFAULT])), np.exp(0.2 * rng.standard_normal(2))
        told = {"max_rss_gb": usual.need_gb[0] * rough[0], "avg_step_duration_s": usual.seconds[0] * rough[1] / 5}
        return {"tool": TOOLS[self.family], "num_steps": 5.0, **{name: float(value) for name, value in told.items()}}

    def _mean(self, seconds: Floats, cpus: Floats) -> Floats:
        nodes = np.linspace(-2, 2, 9)
        plain = [self._plain(seconds * np.exp(self.noise * node), cpus) for node in nodes]
        return np.asarray(np.average(plain, axis=0, weights=np.exp(-(nodes**2) / 2)))

    def _plain(self, seconds: Floats, cpus: Floats) -> Floats:
        cost = PriceTable().billed(seconds) * PriceTable().rates(cpus) / self.scale_usd
        return (1 - self.cost_share) * seconds / self.scale_s + self.cost_share * cost


def plane() -> Floats:
    """Every configuration of a host with 32 cores and 64 GB: 3,024 of them."""
    axes = np.meshgrid(*AXES, indexing="ij")
    return np.stack([axis.ravel() for axis in axes], axis=1).astype(np.float64)


def _normal(z: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(0.07056 * z**3 + 1.5976 * z, -60, 60)))
