"""The last builds of a pipeline, summed up: medians and shares, None where nothing was measured."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from inframind.builds import Build
from inframind.optimization.canary import peak_memory_gb

LOOKED_BACK = 20  # builds: what is older was another code base
ENDED = {"success", "failed", "out_of_memory", "timed_out"}
GB = 1e9


@dataclass(frozen=True, slots=True)
class Summary:
    """The pipeline's last builds at the time when another starts."""

    builds: int
    success_rate: float | None
    oom_rate: float | None
    duration_s: float | None
    last_duration_s: float | None
    spread: float | None
    peak_gb: float | None
    largest_peak_gb: float | None
    cores_used: float | None
    parallel_share: float | None
    cache_hit_rate: float | None
    io_gb: float | None
    steps: float | None
    step_s: float | None
    longest_step_share: float | None
    last_concurrency: float | None
    last_cpus: float | None
    last_finished_at: datetime | None


def summary(build: Build, history: Sequence[Build]) -> Summary:
    """What was known when `build` started, from the builds of its pipeline that had ended by then."""
    past = earlier(build, history)
    good = [one for one in past if one.outcome == "success" and number(one.duration_s)]
    times = [one.duration_s for one in good if one.duration_s]
    peaks = _known(past, peak_memory_gb)
    last = past[-1].configuration if past else None
    return Summary(
        builds=len(past),
        success_rate=_share(past, "success"),
        oom_rate=_share(past, "out_of_memory"),
        duration_s=_median(times),
        last_duration_s=times[-1] if times else None,
        spread=_spread(times),
        peak_gb=_median(peaks),
        largest_peak_gb=max(peaks, default=None),
        cores_used=_median(_known(good, _cores_used)),
        parallel_share=_median(_known(good, _parallel_share)),
        cache_hit_rate=_hit_rate(past),
        io_gb=_median(_known(past, _io_gb)),
        steps=_median([len(one.steps) for one in past if one.steps]),
        step_s=_median([_steps_s(one) / len(one.steps) for one in past if one.steps]),
        longest_step_share=_median(_known(past, _longest_share)),
        last_concurrency=last.concurrency if last else None,
        last_cpus=last.cpus if last else None,
        last_finished_at=past[-1].finished_at if past else None,
    )


def earlier(build: Build, history: Iterable[Build]) -> list[Build]:
    """The last builds of the same pipeline that had ended when this one started, oldest first."""
    ended = [
        (one.finished_at, one)
        for one in history
        if one.pipeline == build.pipeline and one.run_id != build.run_id and one.outcome in ENDED and one.finished_at
    ]
    known = sorted((pair for pair in ended if pair[0] <= build.started_at), key=lambda pair: (pair[0], pair[1].run_id))
    return [one for _, one in known[-LOOKED_BACK:]]


def number(value: Any) -> float | None:
    """A finite number that is not negative, or None; a context may hold anything.

    >>> number("4.5"), number(float("nan")), number(True), number("many")
    (4.5, None, 1.0, None)
    """
    if not isinstance(value, int | float | str):
        return None
    try:
        known = float(value)
    except (ValueError, OverflowError):
        return None
    return known if 0 <= known < math.inf else None


def _known(builds: Iterable[Build], of: Callable[[Build], float | None]) -> list[float]:
    return [value for one in builds if (value := of(one)) is not None]


def _median(values: Sequence[float]) -> float | None:
    return float(median(values)) if values else None


def _share(past: Sequence[Build], outcome: str) -> float | None:
    return sum(one.outcome == outcome for one in past) / len(past) if past else None


def _spread(times: Sequence[float]) -> float | None:
    logs = [math.log(time_s) for time_s in times]
    return _median([abs(log - median(logs)) for log in logs])


def _cores_used(build: Build) -> float | None:
    spent = [step.cpu_seconds for step in build.steps if step.cpu_seconds is not None]
    return sum(spent) / build.duration_s if spent and build.duration_s else None


def _parallel_share(build: Build) -> float | None:
    used = _cores_used(build)
    return used / build.configuration.cpus if used is not None and build.configuration else None


def _hit_rate(past: Sequence[Build]) -> float | None:
    hits = sum(step.cache_hits or 0 for one in past for step in one.steps)
    looked = hits + sum(step.cache_misses or 0 for one in past for step in one.steps)
    return hits / looked if looked else None


def _io_gb(build: Build) -> float | None:
    moved = [amount for step in build.steps for amount in (step.read_bytes, step.written_bytes) if amount is not None]
    return sum(moved) / GB if moved else None


def _steps_s(build: Build) -> float:
    return sum(step.duration_s for step in build.steps)


def _longest_share(build: Build) -> float | None:
    whole = _steps_s(build)
    return max(step.duration_s for step in build.steps) / whole if whole else None
