"""A build an hour of simulated pipelines: Amdahl's law, a cache, memory by the job, and a tenth of noise. Seeded."""

from datetime import UTC, datetime, timedelta

import numpy as np

from inframind.builds import Build, Configuration, Step, StepOutcome

FIRST = datetime(2026, 1, 2, tzinfo=UTC)
DEFAULT = Configuration(concurrency=2, cpus=2, memory_gb=8)


def build(number: int, pipeline: str, ran_with: Configuration, duration_s: float, peak_gb: float = 2.0) -> Build:
    """The build of that number, of one step; out of memory where its peak is above what it had."""
    start = FIRST + timedelta(hours=number)
    end = start + timedelta(seconds=duration_s)
    outcome: StepOutcome = "out_of_memory" if peak_gb > ran_with.memory_gb else "success"
    step = Step(
        step="make", outcome=outcome, started_at=start, finished_at=end, duration_s=duration_s, max_rss_gb=peak_gb
    )
    return Build(
        run_id=f"run-{number}",
        pipeline=pipeline,
        outcome=outcome,
        started_at=start,
        finished_at=end,
        duration_s=duration_s,
        configuration=ran_with,
        context={"tool": "cmake", "cpus": 8, "memory_gb": 32},
        steps=(step,),
    )


def simulated(count: int, pipelines: int = 4, seed: int = 0) -> list[Build]:
    """So many builds, each of one pipeline in turn, with configurations drawn at random; oldest first."""
    rng = np.random.default_rng(seed)
    alone_s, serial, job_gb = (rng.uniform(low, high, pipelines) for low, high in ((100, 900), (0.1, 0.4), (0.2, 0.8)))
    found = []
    for number in range(count):
        which = number % pipelines
        jobs, cpus = int(rng.choice([1, 2, 4, 8])), float(rng.choice([2, 4, 8]))
        memory_gb, cache_gb = float(rng.choice([4, 8, 16])), float(rng.choice([0, 5]))
        ran_with = Configuration(concurrency=jobs, cpus=cpus, memory_gb=memory_gb, cache_gb=cache_gb)
        speed = (serial[which] + (1 - serial[which]) / min(jobs, cpus)) * (0.7 if cache_gb else 1.0)
        took_s = float(alone_s[which] * speed * np.exp(rng.normal(0, 0.1)))
        found.append(build(number, f"team/{which}", ran_with, took_s, float(0.5 + job_gb[which] * jobs)))
    return found
