"""A build's figures as series, so that detection scores them, and as what it adds to the platform's counters.

The resource is the pipeline. A sample's time is when its step or build ended, so that telling it again changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from inframind.builds import Build, Step
from inframind.frames import Frame
from inframind.identity import SeriesId
from inframind.optimization.prices import PriceTable
from inframind.records import to_ms

ENDED = frozenset({"success", "failed", "out_of_memory", "timed_out"})
MINUTES = (1, 5, 15, 30, 60)  # from a check before the commit to a nightly build

Counts = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def frames_of(build: Build, steps: Iterable[Step], prices: PriceTable) -> list[Frame]:
    """These steps of the build as frames, one for each time, and the build's own figures once it has ended."""
    rows: dict[int, dict[str, float]] = defaultdict(dict)
    for step in steps:
        rows[to_ms(step.finished_at)] |= _step_figures(step)
    if build.outcome in ENDED and build.finished_at:
        rows[to_ms(build.finished_at)] |= _build_figures(build, prices)
    return [_frame(build.pipeline, time_ms, row) for time_ms, row in sorted(rows.items())]


def cost_usd(build: Build, prices: PriceTable) -> float | None:
    """What the build cost, if it is known how long it took and on how many cores."""
    cpus = build.configuration.cpus if build.configuration else build.context.get("cpus")
    if build.duration_s is None or isinstance(cpus, bool) or not isinstance(cpus, int | float) or not 0 < cpus < 1e4:
        return None
    return prices.cost(build.duration_s, cpus)


def counts_of(before: Build | None, after: Build, prices: PriceTable) -> Counts:
    """What is to be counted when a build has become another: each end once, each look into a cache once."""
    hits, misses = (_more(before, after, name) for name in ("cache_hits", "cache_misses"))
    counts: Counts = {("build_cache_hits_total", ()): hits, ("build_cache_misses_total", ()): misses}
    was = before.outcome if before else "running"
    if after.outcome == "abandoned" != was:
        return counts | {("builds_total", (("outcome", "abandoned"),)): 1}
    if after.outcome not in ENDED or was in ENDED:
        return counts
    counts |= {
        ("builds_total", (("outcome", after.outcome),)): 1,
        ("build_seconds_total", ()): after.duration_s or 0.0,
        ("build_cost_usd_total", ()): cost_usd(after, prices) or 0.0,
    }
    return counts | (_duration_counts(after.duration_s or 0.0) if after.outcome == "success" else {})


def counts_of_pipeline(label: str, build: Build, prices: PriceTable) -> Counts:
    """What a build that has just ended adds to the counters of its pipeline, which go under this label."""
    succeeded = build.outcome == "success"
    labels = (("pipeline", label),)
    return {
        ("pipeline_builds_total", labels): 1,
        ("pipeline_builds_succeeded_total", labels): int(succeeded),
        ("pipeline_build_seconds_total", labels): (build.duration_s or 0.0) if succeeded else 0.0,
        ("pipeline_build_cost_usd_total", labels): cost_usd(build, prices) or 0.0,
    }


def _duration_counts(duration_s: float) -> Counts:
    limits = [str(limit) for limit in MINUTES if duration_s <= 60 * limit]
    return {("builds_within_total", (("minutes", limit),)): 1 for limit in (*limits, "any")}


def _more(before: Build | None, after: Build, name: str) -> float:
    return max(0.0, _sum(after.steps, name) - _sum(before.steps if before else (), name))


def _sum(steps: Sequence[Step], name: str) -> float:
    return float(sum(getattr(step, name) or 0 for step in steps))


def _step_figures(step: Step) -> dict[str, float]:
    found = {
        "build_step_duration_seconds": step.duration_s,
        "build_step_cpu_seconds": step.cpu_seconds,
        "build_step_peak_memory_gb": step.max_rss_gb,
    }
    return {_name(metric, step.step): value for metric, value in found.items() if value is not None}


def _build_figures(build: Build, prices: PriceTable) -> dict[str, float]:
    """Durations of builds that succeeded alone: one that breaks off says nothing of how long they take."""
    looked = _sum(build.steps, "cache_hits") + _sum(build.steps, "cache_misses")
    succeeded = build.outcome == "success"
    figures = {
        "build_success": float(succeeded),
        "build_duration_seconds": build.duration_s if succeeded else None,
        "build_cost_usd": cost_usd(build, prices),
        "build_cpu_seconds": _sum(build.steps, "cpu_seconds") or None,
        "build_peak_memory_gb": max((step.max_rss_gb or 0.0 for step in build.steps), default=0.0) or None,
        "build_read_bytes": _sum(build.steps, "read_bytes") or None,
        "build_written_bytes": _sum(build.steps, "written_bytes") or None,
        "build_cache_hit_ratio": _sum(build.steps, "cache_hits") / looked if looked else None,
    }
    return {_name(metric): value for metric, value in figures.items() if value is not None}


def _name(metric: str, step: str = "") -> str:
    labels = (("step", step),) if step else ()
    return SeriesId("", metric, labels).to_bytes().decode()


def _frame(resource: str, time_ms: int, row: Mapping[str, float]) -> Frame:
    names = sorted(row)
    values = np.array([[row[name] for name in names]])
    return Frame(resource, tuple(name.encode() for name in names), np.array([time_ms], np.int64), values)
