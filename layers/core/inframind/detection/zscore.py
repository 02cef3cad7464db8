"""The plain z-score: each metric's newest value against the mean and deviation of the values before it.

The judged value stays out of its own baseline; inside it, a window of ten could never reach a z of 3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from inframind.identity import SeriesId
from inframind.records import Record

ALGORITHM = "zscore_v1"
MIN_BASELINE = 2  # a sample deviation needs two values
ROUNDING = 1e-9  # a deviation below this share of the values' own size is rounding, not variation
Z_CAP = 1e6  # a constant that moves is infinitely far out: say so with a finite number
NAMED = 20  # metrics spelled out in one explanation


class Status(StrEnum):
    """What the newest values are, judged by those before them."""

    OK = "OK"
    ANOMALY = "ANOMALY"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class MetricAnalysis(Record):
    """A resource's newest values, judged. `confidence_score` (0 to 1) is how sure the status is."""

    status: Status
    anomaly_detected: bool
    anomaly_metrics: tuple[str, ...]
    explanation: str
    confidence_score: float
    algorithm: str = ALGORITHM


@dataclass(frozen=True, slots=True)
class Rule:
    """How to judge: against how many values, and beyond how many deviations."""

    window_size: int = 10
    threshold: float = 3.0


@dataclass(frozen=True, slots=True)
class Judged:
    """One metric's newest value and what it was judged against."""

    name: str
    value: float
    mean: float
    std: float
    z: float


def analyze(history: Mapping[str, NDArray[np.float64]], rule: Rule) -> MetricAnalysis:
    """The verdict on a resource from each metric's values, oldest first; values that are not finite are skipped.

    Confidence is z / (2 thresholds), at most 1, for an anomaly; 1 minus that for OK; 0 without enough data.

    >>> steady = [44.7, 50.3] * 9 + [44.7, 50.3]
    >>> print(analyze({"cpu_usage": np.array([*steady, 95.0])}, Rule(20)).explanation)
    Anomaly detected in cpu_usage: value=95.0, mean=47.5, std=2.9, z-score=16.5
    """
    every = [judge(name, values, rule.window_size) for name, values in history.items()]
    judged = [one for one in every if one is not None]
    if not judged:
        return _insufficient()
    return _verdict(judged, rule)


def judge(name: str, values: NDArray[np.float64], window_size: int) -> Judged | None:
    """The newest of the finite values against up to `window_size` before it; None with fewer than two of those."""
    finite = values[np.isfinite(values)][-window_size - 1 :]
    if len(finite) <= MIN_BASELINE:
        return None
    value, baseline = float(finite[-1]), finite[:-1]
    with np.errstate(over="ignore", invalid="ignore"):
        mean, std = float(baseline.mean()), float(baseline.std(ddof=1))
    return Judged(name, value, mean, std, z_score(value, mean, std))


def z_score(value: float, mean: float, std: float) -> float:
    """Distance from the mean in standard deviations, without its sign, at most `Z_CAP`.

    A constant baseline gives 0 for the same constant and `Z_CAP` for anything else.

    >>> z_score(95.0, 47.5, 2.5), z_score(5.0, 5.0, 0.0), z_score(6.0, 5.0, 0.0)
    (19.0, 0.0, 1000000.0)
    """
    apart, rounding = abs(value - mean), ROUNDING * max(abs(value), abs(mean))
    if apart <= rounding:
        return 0.0
    if not apart < np.inf or std <= rounding / Z_CAP:
        return Z_CAP
    return min(apart / std, Z_CAP) if np.isfinite(std) else 0.0


def names(series: Sequence[SeriesId]) -> list[str]:
    """What to call each series of one resource: its metric, with its labels where several share the metric.

    >>> names([SeriesId("db", "cpu"), SeriesId("db", "io", (("disk", "a"),)), SeriesId("db", "io", (("disk", "b"),))])
    ['cpu', 'io{disk="a"}', 'io{disk="b"}']
    """
    metrics = [one.metric for one in series]
    shared = {metric for metric in metrics if metrics.count(metric) > 1} if len(set(metrics)) < len(metrics) else set()
    return [one.metric + _labels(one) if one.metric in shared else one.metric for one in series]


def _labels(series: SeriesId) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in series.labels) + "}" if series.labels else ""


def _verdict(judged: Sequence[Judged], rule: Rule) -> MetricAnalysis:
    found = [one for one in judged if one.z > rule.threshold]
    furthest = max(judged, key=lambda one: one.z)
    doubt = min(1.0, furthest.z / (2 * rule.threshold))
    return MetricAnalysis(
        status=Status.ANOMALY if found else Status.OK,
        anomaly_detected=bool(found),
        anomaly_metrics=tuple(one.name for one in found),
        explanation=_anomalies(found) if found else _calm(judged, furthest, rule),
        confidence_score=round(doubt if found else 1.0 - doubt, 4),
    )


def _anomalies(found: Sequence[Judged]) -> str:
    said = [
        f"Anomaly detected in {one.name}: value={one.value:.1f}, mean={one.mean:.1f}, std={one.std:.1f}, "
        f"z-score={one.z:.1f}"
        for one in found[:NAMED]
    ]
    more = [f"and {len(found) - NAMED} more"] if len(found) > NAMED else []
    return "; ".join(said + more)


def _calm(judged: Sequence[Judged], furthest: Judged, rule: Rule) -> str:
    metrics = "1 metric lies" if len(judged) == 1 else f"{len(judged)} metrics lie"
    return (
        f"No anomaly detected: {metrics} within {rule.threshold:.1f} standard deviations of the baseline "
        f"(furthest: {furthest.name}, value={furthest.value:.1f}, mean={furthest.mean:.1f}, std={furthest.std:.1f}, "
        f"z-score={furthest.z:.1f})"
    )


def _insufficient() -> MetricAnalysis:
    return MetricAnalysis(
        status=Status.INSUFFICIENT_DATA,
        anomaly_detected=False,
        anomaly_metrics=(),
        explanation=f"Not enough data: a metric needs at least {MIN_BASELINE} values before the one that is judged",
        confidence_score=0.0,
    )
