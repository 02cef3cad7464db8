"""Where a resource stands now: its latest values against their limits."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from inframind.frames import Frame
from inframind.identity import SeriesId
from inframind.records import Moment, Record, RiskLevel, from_ms


class MetricStatus(Record):
    """The latest value of one series that has a limit."""

    metric: str
    labels: dict[str, str]
    value: float
    threshold: float
    compliant: bool
    at: Moment


class SlaStatus(Record):
    """Whether every latest value keeps its limit; `risk_level` is the level of the last scheduled assessment."""

    status: Literal["OK", "BREACHED", "INSUFFICIENT_DATA"]
    resource_id: str
    metrics: tuple[MetricStatus, ...]
    risk_level: RiskLevel | None
    explanation: str


def standing(grid: Frame, thresholds: Mapping[str, float], since_ms: int) -> tuple[MetricStatus, ...]:
    """The latest finite value since then of each series whose metric has a limit, ordered by series.

    >>> grid = Frame("db-1", (b"cpu_usage",), np.array([0, 60_000]), np.array([[91.0], [79.0]]))
    >>> [(one.value, one.compliant) for one in standing(grid, {"cpu_usage": 80.0}, 0)]
    [(79.0, True)]
    """
    found = []
    for column in sorted(range(len(grid.series)), key=lambda column: grid.series[column]):
        series = SeriesId.from_bytes(grid.resource, grid.series[column])
        rows = np.flatnonzero(np.isfinite(grid.values[:, column]) & (grid.times_ms >= since_ms))
        if series.metric in thresholds and len(rows):
            found.append(_status(grid, (int(rows[-1]), column), thresholds[series.metric]))
    return tuple(found)


def conclude(resource: str, metrics: tuple[MetricStatus, ...], level: RiskLevel | None) -> SlaStatus:
    """What the metrics' standing adds up to."""
    over = [one for one in metrics if not one.compliant]
    told = "; ".join(f"{one.metric} is {one.value:g}, over its limit of {one.threshold:g}" for one in over)
    calm = f"All {len(metrics)} latest values keep their limits." if metrics else "No recent value has a limit."
    return SlaStatus(
        status="BREACHED" if over else "OK" if metrics else "INSUFFICIENT_DATA",
        resource_id=resource,
        metrics=metrics,
        risk_level=level,
        explanation=f"{told}." if told else calm,
    )


def _status(grid: Frame, cell: tuple[int, int], threshold: float) -> MetricStatus:
    row, column = cell
    series, value = SeriesId.from_bytes(grid.resource, grid.series[column]), float(grid.values[cell])
    return MetricStatus(
        metric=series.metric,
        labels=dict(series.labels),
        value=value,
        threshold=threshold,
        compliant=value <= threshold,
        at=from_ms(int(grid.times_ms[row])),
    )
