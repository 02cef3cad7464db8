"""How far off models are on builds they have not seen: the newest ones, so that nobody learns from the future."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from inframind.builds import Build
from inframind.optimization.features import features
from inframind.optimization.forest import Forest
from inframind.optimization.requests import Floats, Model, Observed, Past

SHARE_HELD_OUT = 0.2
LEAST_HELD_OUT = 5  # builds: fewer are judged by nobody
LEAST_BUILDS = 25  # in all
JUDGED = 20  # pipelines, those with the most builds held out: each costs a model two fits
KNOWN = 30  # builds of a pipeline that a model is fitted to before it is judged
NEW = 2  # builds of it when it is judged as if the pipeline were new
SHORTEST_S, LONGEST_S = 1e-6, 1e12  # beyond them, a duration is a mistake
TELLS = {"success", "out_of_memory"}


@dataclass(frozen=True, slots=True)
class Split:
    """Builds in the order in which they started, cut at a moment: learn from `early`, judge by `late`."""

    early: tuple[Build, ...]
    late: tuple[Build, ...]
    cut: datetime


def split(builds: Sequence[Build]) -> Split | None:
    """The builds that tell something, cut so that a fifth are late; None if they are too few."""
    told = sorted((one for one in builds if one.outcome in TELLS), key=lambda one: (one.started_at, one.run_id))
    if len(told) < LEAST_BUILDS:
        return None
    cut = told[len(told) - max(LEAST_HELD_OUT, round(SHARE_HELD_OUT * len(told)))].started_at
    early = tuple(one for one in told if one.started_at < cut)
    late = tuple(one for one in told if one.started_at >= cut)
    return Split(early, late, cut) if early else None


def data_sha256(builds: Sequence[Build]) -> str:
    """A digest of the builds, whatever order they come in."""
    texts = sorted(one.model_dump_json() for one in builds)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def pasts(builds: Sequence[Build]) -> list[Past]:
    """The builds by pipeline, with what was last said of each."""
    return [Past(pipeline, own[-1].context, Observed.of(own)) for pipeline, own in sorted(_by_pipeline(builds).items())]


def model_errors(model: Model, parts: Split, since: datetime) -> Mapping[str, float]:
    """Mean errors of a model on the late builds from `since` on, fitted to each pipeline's early ones.

    `duration` and `memory` as it serves a pipeline it knows; `new_pipeline`: the duration when it knows two builds.
    """
    early = _by_pipeline(parts.early)
    found: dict[str, list[float]] = {"duration": [], "memory": [], "new_pipeline": []}
    for pipeline, late in _most(_by_pipeline([one for one in parts.late if one.started_at >= since])):
        before = early.get(pipeline, [])
        if not before:
            before, late = late[:1], late[1:]
        known = _off(model, before[-KNOWN:], late)
        found["duration"] += known[0]
        found["memory"] += known[1]
        found["new_pipeline"] += _off(model, before[:NEW], late)[0]
    return _means(found)


def forest_errors(forest: Forest, parts: Split, since: datetime) -> Mapping[str, float]:
    """Mean error of a forest of durations on the late builds from `since` on, and that of the pipeline's median."""
    every = [*parts.early, *parts.late]
    x, y, median = described([one for one in parts.late if one.started_at >= since], every)
    if not len(x):
        return {}
    usual = np.log(np.where(median > 0, median, np.exp(np.median(y))))
    return {
        "duration": float(np.abs(forest.predict(x)[:, 0] - y).mean()),
        "pipeline_median": float(np.abs(usual - y).mean()),
    }


def described(builds: Sequence[Build], every: Sequence[Build]) -> tuple[NDArray[np.float32], Floats, Floats]:
    """Features of the builds that succeeded, the logarithms of their durations, and their pipelines' medians before."""
    by_pipeline = _by_pipeline(every)
    told = [
        one for one in builds if one.outcome == "success" and one.duration_s and SHORTEST_S < one.duration_s < LONGEST_S
    ]
    known = [features(one, by_pipeline[one.pipeline]) for one in told]
    x = np.array([list(row.values()) for row in known], np.float32)
    return x, np.log([one.duration_s or 1.0 for one in told]), np.array([row["median_duration_s"] for row in known])


def mean_error(errors: Mapping[str, float]) -> float:
    """What versions are compared by; infinite for one that could not be judged.

    >>> mean_error({"duration": 0.1, "memory": 0.2, "pipeline_median": 0.9}), mean_error({})
    (0.15000000000000002, inf)
    """
    judged = [error for name, error in errors.items() if name != "pipeline_median"]
    return sum(judged) / len(judged) if judged else float("inf")


def _off(model: Model, own: Sequence[Build], late: Sequence[Build]) -> tuple[list[float], list[float]]:
    """How far the model is off on each late build: its duration, its peak memory."""
    seen = Observed.of(late)
    if not own or not len(seen):
        return [], []
    forecast = model.fitted(Observed.of(own), late[-1].context)(seen.x)
    took, peak = (
        np.abs(np.log(measured) - expected)
        for measured, expected in ((seen.duration_s, forecast.log_duration), (seen.memory_gb, forecast.log_memory))
    )
    return took[np.isfinite(took)].tolist(), peak[np.isfinite(peak)].tolist()


def _by_pipeline(builds: Sequence[Build]) -> dict[str, list[Build]]:
    found: dict[str, list[Build]] = defaultdict(list)
    for one in sorted(builds, key=lambda one: (one.started_at, one.run_id)):
        found[one.pipeline].append(one)
    return dict(found)


def _most(by_pipeline: Mapping[str, list[Build]]) -> list[tuple[str, list[Build]]]:
    return sorted(by_pipeline.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:JUDGED]


def _means(found: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {name: sum(values) / len(values) for name, values in found.items() if values}
