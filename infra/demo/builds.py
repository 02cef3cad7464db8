"""Fifty builds of four pipelines, as CI systems tell of them: seeded, and realistic in what makes builds fast or fail.

Time is serial work plus parallel work over the jobs that the cores carry, slowed by contention; a warm cache saves a
share of it. Memory grows with jobs, and a build that needs more than it has runs out of it. Standard library only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

SPAN = timedelta(days=14)
OFTEN_TRIED = (
    (2, 2, 8, 0),
    (2, 2, 8, 5),
    (4, 4, 8, 0),
    (4, 4, 16, 5),
    (6, 4, 4, 5),
    (6, 4, 16, 5),
    (8, 8, 16, 5),
    (8, 8, 32, 0),
)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What a pipeline is like: seconds of serial and of parallel work, GB at rest and GB a job, what a cache saves."""

    name: str
    tool: str
    builds: int
    serial_s: float
    parallel_s: float
    base_gb: float
    job_gb: float
    cached: float
    steps: tuple[tuple[str, float], ...]


CMAKE = (("configure", 0.1), ("generate", 0.05), ("compile", 0.6), ("link", 0.1), ("test", 0.15))
PIPELINES = (
    Pipeline("demo/example-app", "cmake", 16, 55, 520, 0.8, 0.45, 0.45, CMAKE),
    Pipeline("demo/firmware", "make", 12, 30, 900, 0.4, 0.3, 0.6, (("compile", 0.8), ("image", 0.2))),
    Pipeline("demo/payments", "maven", 12, 90, 420, 1.5, 0.6, 0.25, (("compile", 0.4), ("test", 0.6))),
    Pipeline("demo/web-shop", "npm", 10, 70, 160, 1.0, 0.35, 0.3, (("install", 0.3), ("build", 0.5), ("test", 0.2))),
)
HOST = {"cpus": 8, "memory_gb": 32}


@dataclass(frozen=True, slots=True)
class Told:
    """One build: its run, when it started after the first of all, and the events it is told by, in order."""

    run_id: str
    pipeline: str
    offset: timedelta
    outcome: str
    events: tuple[tuple[str, dict[str, Any]], ...]

    def at(self, first: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
        """The path and body of each event, for a first build that started then."""
        for kind, body in self.events:
            times = {name: _moment(first + self.offset, value) for name, value in body.items() if name.endswith("_at")}
            yield f"/api/v1/builds/{kind}", body | times


def builds(seed: int) -> list[Told]:
    """All fifty, in order of time; the same seed gives the same builds."""
    random = Random(seed)
    found = [_build(pipeline, number, random) for pipeline in PIPELINES for number in range(pipeline.builds)]
    return sorted(found, key=lambda one: (one.offset, one.run_id))


def _build(pipeline: Pipeline, number: int, random: Random) -> Told:
    run = {"run_id": f"{pipeline.name}-{number + 1}", "pipeline": pipeline.name}
    share = (number + random.uniform(0.1, 0.9)) / pipeline.builds
    ran = dict(zip(("concurrency", "cpus", "memory_gb", "cache_gb"), _size(number, random), strict=True))
    taken_s, peak_gb = _taken(pipeline, ran, random)
    outcome = _outcome(peak_gb, ran["memory_gb"], random)
    start = run | {"started_at": 0.0, "branch": "main", "host": f"ci-{random.randint(1, 4)}", "configuration": ran}
    start["context"] = {"tool": pipeline.tool, "num_steps": len(pipeline.steps), **HOST}
    steps = list(_steps(pipeline, ran, (taken_s, peak_gb, outcome), random))
    ended_s = steps[-1]["finished_at"] + 1.5
    end = run | {"started_at": 0.0, "finished_at": ended_s, "duration_s": ended_s, "outcome": outcome}
    events = (("start", start), *(("step", run | step) for step in steps), ("complete", end))
    return Told(run["run_id"], pipeline.name, timedelta(seconds=round(SPAN.total_seconds() * share)), outcome, events)


def _size(number: int, random: Random) -> tuple[int, int, int, int]:
    """What somebody chose to run with; the first builds of a pipeline with the smallest."""
    return OFTEN_TRIED[0] if number < 2 else random.choice(OFTEN_TRIED)


def _taken(pipeline: Pipeline, ran: dict[str, int], random: Random) -> tuple[float, float]:
    jobs, cpus = ran["concurrency"], ran["cpus"]
    at_once = min(jobs, 1.15 * cpus) / (1 + 0.03 * max(0, jobs - cpus))
    compiled = pipeline.parallel_s * ((1 - pipeline.cached) if ran["cache_gb"] else 1.0)
    seconds = (pipeline.serial_s + compiled / at_once) * random.lognormvariate(0, 0.06)
    return seconds, (pipeline.base_gb + pipeline.job_gb * jobs) * random.lognormvariate(0, 0.05)


def _outcome(peak_gb: float, memory_gb: float, random: Random) -> str:
    if peak_gb > memory_gb:
        return "out_of_memory"
    return "failed" if random.random() < 0.06 else "success"


def _steps(
    pipeline: Pipeline, ran: dict[str, int], took: tuple[float, float, str], random: Random
) -> Iterator[dict[str, Any]]:
    seconds, peak_gb, outcome = took
    started_s, last = 1.0, len(pipeline.steps) - 1
    for place, (name, share) in enumerate(pipeline.steps):
        duration_s = round(seconds * share, 3)
        looked = round(seconds * share * 2) if ran["cache_gb"] and name in ("compile", "build") else 0
        yield {
            "step": name,
            "outcome": outcome if place == last else "success",
            "started_at": started_s,
            "finished_at": round(started_s + duration_s, 3),
            "duration_s": duration_s,
            "cpu_seconds": round(duration_s * min(ran["concurrency"], ran["cpus"]) * random.uniform(0.7, 0.95), 1),
            "max_rss_gb": round(peak_gb * (1.0 if share == max(s for _, s in pipeline.steps) else 0.5), 3),
            "written_bytes": round(duration_s * 2e6),
            **({"cache_hits": round(looked * pipeline.cached), "cache_misses": looked // 3} if looked else {}),
        }
        started_s = round(started_s + duration_s, 3)


def _moment(start: datetime, after_s: float) -> str:
    return (start + timedelta(seconds=after_s)).isoformat(timespec="milliseconds")
