"""A resource's risk now, from its stored samples and anomalies."""

from datetime import datetime, timedelta

import numpy as np

from inframind import wiring
from inframind.detection.grids import merge
from inframind.detection.zscore import Rule, analyze
from inframind.frames import Frame
from inframind.ports.detection import AnomalyQuery
from inframind.records import Risk, to_ms
from inframind.risk.assessment import Limits, Presence, assess, insufficient, readings
from inframind.settings import settings

FOUND = 20  # of the anomalies found in the period: enough to know the surest


def appraise(resource: str, lookback: timedelta, now: datetime) -> Risk:
    """The risk of a resource from what it sent in [now - lookback, now].

    An anomaly is present if a metric with a limit leaves its baseline by the plain z-score, or if the scorer found one
    of any metric in the period. Hundreds of metrics without a limit are left to the scorer: judged one by one against
    ten values, some would always be beyond three deviations.
    """
    start = now - lookback
    frames = wiring.series_store().read(resource, start, now + timedelta(milliseconds=1))
    period = _between(merge(frames), to_ms(start), to_ms(now) + 1) if frames else None
    values = readings(period) if period else {}
    if period is None or not values:
        return insufficient(resource)
    presence = max(_by_zscore(period), _by_scorer(resource, start), key=lambda one: one.value)
    return assess(resource, values, presence, limits())


def latest(resource: str, rows: int) -> Frame | None:
    """The newest samples of a resource, of `rows` times where there are so many; None if it never sent any."""
    frames = wiring.series_store().latest(resource, rows)
    return merge(frames) if frames else None


def limits() -> Limits:
    """The limits and weights of this deployment."""
    given = settings()
    thresholds = {
        "cpu_usage": given.risk_cpu_threshold,
        "memory_usage": given.risk_memory_threshold,
        "gpu_usage": given.risk_gpu_threshold,
    }
    return Limits(thresholds, given.risk_anomaly_weight, given.risk_breach_weight)


def _between(grid: Frame, start_ms: int, end_ms: int) -> Frame:
    first, end = np.searchsorted(grid.times_ms, [start_ms, end_ms])
    return grid.rows(int(first), int(end))


def _by_zscore(period: Frame) -> Presence:
    thresholds = limits().thresholds
    limited = {
        str(column): period.values[:, column]
        for column, name in enumerate(period.series)
        if name.partition(b"\0")[0].decode() in thresholds
    }
    analysis = analyze(limited, Rule(threshold=settings().zscore_threshold))
    return Presence(analysis.anomaly_detected, analysis.confidence_score)


def _by_scorer(resource: str, start: datetime) -> Presence:
    """What the scorer found: a score of 1 is its threshold, so score / 2 is as sure as z / (2 thresholds) is."""
    anomalies = wiring.anomalies().list(AnomalyQuery(resource, since=start), FOUND).items
    surest = max((anomaly.score for anomaly in anomalies), default=0.0)
    return Presence(bool(anomalies), min(1.0, surest / 2))
