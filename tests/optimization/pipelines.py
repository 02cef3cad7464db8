"""Pipelines with a known law, and their builds: work that cores share, a serial part, jobs that take memory."""

from datetime import UTC, datetime, timedelta

import numpy as np

from inframind.builds import Build, BuildOutcome, Configuration, Step
from inframind.optimization.requests import Floats, Observed, OptimizeRequest, Past, design

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
PLAIN = Configuration(concurrency=2, cpus=2, memory_gb=8)
ASKED = OptimizeRequest(
    pipeline="shop/web", context={"tool": "cmake"}, host_cpus=16, host_memory_gb=32, builds_elsewhere=10
)
LADDER = [
    Configuration(concurrency=jobs, cpus=cpus, memory_gb=16, cache_gb=cache)
    for jobs, cpus in ((1, 1), (2, 2), (4, 4), (8, 8), (16, 16), (8, 4))
    for cache in (0, 5)
]


def seconds(x: Floats, serial: float = 0.1, work: float = 600.0) -> Floats:
    """Duration without noise."""
    cores = np.minimum(x[:, 0], x[:, 1])
    saved = 0.5 * (1 - np.exp(-x[:, 3] / 3))
    found: Floats = work * (serial + (1 - serial) * (1 - saved) / cores)
    return found


def peaks(x: Floats) -> Floats:
    """Peak memory without noise: one GB, and half a GB a job."""
    found: Floats = 1 + 0.5 * x[:, 0]
    return found


def measured(x: Floats, rng: np.random.Generator, noise: float = 0.03, serial: float = 0.1) -> Observed:
    """One build of each configuration, with lognormal noise."""
    took = seconds(x, serial) * np.exp(noise * rng.standard_normal(len(x)))
    need = peaks(x) * np.exp(noise / 2 * rng.standard_normal(len(x)))
    oom = need > x[:, 2]
    return Observed(x, np.where(oom, np.nan, took), np.minimum(need, x[:, 2]), oom)


def past(name: str, seed: int, serial: float = 0.1, builds: int = 20) -> Past:
    """A history on random rungs of the ladder."""
    rng = np.random.default_rng(seed)
    x = design(LADDER)[rng.integers(0, len(LADDER), builds)]
    return Past(name, {"tool": "cmake"}, measured(x, rng, serial=serial))


def build(
    number: int, ran_with: Configuration, duration_s: float | None = None, outcome: BuildOutcome = "success"
) -> Build:
    """One build as it is stored; it takes what the law says unless told otherwise."""
    x, at = design([ran_with]), EPOCH + timedelta(hours=number)
    took = float(seconds(x)[0]) if duration_s is None else duration_s
    ended = "out_of_memory" if outcome == "out_of_memory" else "success"
    peak_gb = min(float(peaks(x)[0]), ran_with.memory_gb)
    step = Step(step="all", outcome=ended, started_at=at, finished_at=at, duration_s=took, max_rss_gb=peak_gb)
    return Build(
        run_id=f"run-{number}",
        pipeline=ASKED.pipeline,
        outcome=outcome,
        started_at=at,
        duration_s=took,
        configuration=ran_with,
        steps=(step,),
    )
