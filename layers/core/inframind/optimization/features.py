"""What is known of a build before it runs, as numbers: of its configuration, its context, and the builds before it.

Every feature is one line of FEATURES: name, unit, meaning, and the function that computes it. `docs/optimization.md`
shows the same table. What nobody knows is UNKNOWN, so that a forest can tell it from nought.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from inframind.builds import Build, Configuration
from inframind.optimization.history import LOOKED_BACK, Summary, number, summary
from inframind.optimization.standing import is_release

UNKNOWN = -1.0
LARGEST = 1e30  # within float32, which is what forests compare in
NATIVE = {"cmake", "make", "ninja", "bazel", "meson", "cargo", "go", "msbuild", "xcodebuild"}
JVM = {"gradle", "maven", "mvn", "sbt", "ant"}


@dataclass(frozen=True, slots=True)
class Before:
    """A build as it is before it runs: what it will run with, and what the pipeline's last builds were like."""

    build: Build
    with_: Configuration
    past: Summary


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: its unit, its meaning in words, and its formula as a function."""

    name: str
    unit: str
    meaning: str
    of: Callable[[Before], float | None]


def _said(name: str) -> Callable[[Before], float | None]:
    return lambda before: number(before.build.context.get(name))


def _tool(names: set[str]) -> Callable[[Before], float]:
    return lambda before: float(str(before.build.context.get("tool", "")).strip().lower() in names)


def _steps(before: Before) -> float | None:
    said = number(before.build.context.get("num_steps"))
    return before.past.steps if said is None else said


def _step_s(before: Before) -> float | None:
    said = number(before.build.context.get("avg_step_duration_s"))
    return before.past.step_s if said is None else said


def _hours_since(before: Before) -> float | None:
    last = before.past.last_finished_at
    return None if last is None else (before.build.started_at - last) / timedelta(hours=1)


FEATURES = (
    Feature("concurrency", "jobs", "Parallel jobs it runs with.", lambda b: b.with_.concurrency),
    Feature("cpus", "cores", "Cores it runs with.", lambda b: b.with_.cpus),
    Feature("memory_gb", "GB", "Memory it runs with.", lambda b: b.with_.memory_gb),
    Feature("cache_gb", "GB", "Size of its compiler cache; 0: none.", lambda b: b.with_.cache_gb),
    Feature("jobs_per_core", "ratio", "concurrency / cpus.", lambda b: b.with_.concurrency / b.with_.cpus),
    Feature("memory_per_job_gb", "GB", "memory_gb / concurrency.", lambda b: b.with_.memory_gb / b.with_.concurrency),
    Feature("host_cpus", "cores", "Cores of the host, as the context says.", _said("cpus")),
    Feature("host_memory_gb", "GB", "Memory of the host, as the context says.", _said("memory_gb")),
    Feature("said_peak_gb", "GB", "Peak memory that the context says (`max_rss_gb`).", _said("max_rss_gb")),
    Feature("num_steps", "steps", "Steps: as the context says, else the median of the last builds.", _steps),
    Feature("avg_step_s", "s", "Mean step: as the context says (`avg_step_duration_s`), else the median.", _step_s),
    Feature(
        "tool_is_native", "0 or 1", "The tool compiles to machine code (cmake, make, bazel, cargo, …).", _tool(NATIVE)
    ),
    Feature("tool_is_jvm", "0 or 1", "The tool builds for the JVM (gradle, maven, sbt, ant).", _tool(JVM)),
    Feature(
        "is_release", "0 or 1", "A release: flagged, tagged, or on a branch named so.", lambda b: _release(b.build)
    ),
    Feature("hour", "h", "Hour of the day it starts, UTC.", lambda b: b.build.started_at.hour),
    Feature(
        "is_weekend", "0 or 1", "It starts on a Saturday or Sunday, UTC.", lambda b: b.build.started_at.weekday() >= 5
    ),
    Feature("builds_known", "builds", f"Builds looked back at, {LOOKED_BACK} at most.", lambda b: b.past.builds),
    Feature("success_rate", "share", "Of those, the share that succeeded.", lambda b: b.past.success_rate),
    Feature("oom_rate", "share", "Of those, the share that ran out of memory.", lambda b: b.past.oom_rate),
    Feature("median_duration_s", "s", "Median duration of those that succeeded.", lambda b: b.past.duration_s),
    Feature("last_duration_s", "s", "Duration of the last that succeeded.", lambda b: b.past.last_duration_s),
    Feature("duration_spread", "log s", "Median distance of log durations from their median.", lambda b: b.past.spread),
    Feature("median_peak_gb", "GB", "Median of their peak memory.", lambda b: b.past.peak_gb),
    Feature("largest_peak_gb", "GB", "Largest peak memory among them.", lambda b: b.past.largest_peak_gb),
    Feature("cores_used", "cores", "Median of CPU seconds / duration.", lambda b: b.past.cores_used),
    Feature("parallel_share", "share", "Median of cores used / cores they ran with.", lambda b: b.past.parallel_share),
    Feature("cache_hit_rate", "share", "Cache hits / look-ups, of all of them.", lambda b: b.past.cache_hit_rate),
    Feature("io_gb", "GB", "Median of bytes read and written.", lambda b: b.past.io_gb),
    Feature(
        "longest_step_share", "share", "Median of the longest step / all steps.", lambda b: b.past.longest_step_share
    ),
    Feature("last_concurrency", "jobs", "Parallel jobs of the last build.", lambda b: b.past.last_concurrency),
    Feature("last_cpus", "cores", "Cores of the last build.", lambda b: b.past.last_cpus),
    Feature("hours_since_last", "h", "Hours since the last build ended: caches grow cold.", _hours_since),
)
NAMES = tuple(feature.name for feature in FEATURES)


def features(build: Build, history: Sequence[Build], default: Configuration | None = None) -> Mapping[str, float]:
    """Every feature of a build, or of a request written as one: finite numbers, UNKNOWN where nothing is known.

    Of `history`, only builds of the pipeline that had ended when this one started are looked at. A build that does not
    say what it ran with ran with `default`.
    """
    ran_with = build.configuration or default or Configuration(concurrency=2, cpus=2, memory_gb=8)
    before = Before(build, ran_with, summary(build, history))
    return {feature.name: _finite(feature.of(before)) for feature in FEATURES}


def rows(known: Mapping[str, float], configurations: NDArray[np.float64]) -> NDArray[np.float32]:
    """One build's features with each configuration (n, 4: concurrency, cpus, memory_gb, cache_gb): (n, features)."""
    jobs, cpus, memory_gb, _ = configurations.T
    found = np.tile(np.array([known[name] for name in NAMES], np.float32), (len(configurations), 1))
    found[:, :4] = configurations
    found[:, 4], found[:, 5] = jobs / cpus, memory_gb / jobs
    return found


def _release(build: Build) -> float:
    return float(build.release or is_release(build.context, build.branch))


def _finite(value: float | None) -> float:
    known = None if value is None else number(value)
    return UNKNOWN if known is None else min(float(known), LARGEST)
