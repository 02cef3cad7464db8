"""The route that judges a resource's newest values by the plain z-score.

Resource ids with slashes reach it through the series function, all others through the detection function.
"""

from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Query
from numpy.typing import NDArray

from inframind import wiring
from inframind.detection.grids import merge
from inframind.detection.zscore import ALGORITHM, MetricAnalysis, Rule, analyze, names
from inframind.frames import Frame
from inframind.http.app import needs, refusals
from inframind.http.examples import answer_example
from inframind.http.problem import without_samples
from inframind.identity import SeriesId
from inframind.records import Role
from inframind.settings import settings
from inframind.usecases.counters import add_counts

FURTHER_BACK = 8  # times as many rows, once, where metrics do not all come in every row

EXAMPLE = {
    "status": "ANOMALY",
    "anomaly_detected": True,
    "anomaly_metrics": ["cpu_usage"],
    "explanation": "Anomaly detected in cpu_usage: value=95.0, mean=47.5, std=2.8, z-score=17.0",
    "confidence_score": 1.0,
    "algorithm": "zscore_v1",
}

Window = Annotated[int, Query(ge=2, le=100, description="Values before the newest one that make its baseline.")]
Algorithm = Annotated[Literal["zscore_v1"], Query(description="How to judge; `zscore_v1` is what there is.")]


router = APIRouter(tags=["detection"])


@router.get(
    "/api/v1/metrics/{resource_id:path}/analyze",
    operation_id="analyze",
    summary="Whether a resource's newest values are anomalies",
    description="Judges the newest value of each metric against the mean and sample deviation of up to "
    "`window_size` values before it; more than 3 deviations away is an anomaly. `INSUFFICIENT_DATA`: no metric "
    "has two values before its newest. `confidence_score` is z / 6, at most 1, for an anomaly, and 1 minus that "
    "for OK. A constant that moves has z-score=1000000.0.",
    response_model=MetricAnalysis,
    responses=answer_example(EXAMPLE) | refusals(404, 422),
    dependencies=[needs(Role.VIEWER)],
)
async def of_resource(resource_id: str, window_size: Window = 10, algorithm: Algorithm = "zscore_v1") -> MetricAnalysis:
    assert algorithm == ALGORITHM
    analysis = analyze(history(resource_id, window_size + 1), Rule(window_size, settings().zscore_threshold))
    add_counts("detection", {("anomaly_checks_total", ()): 1})
    return analysis


def history(resource: str, rows: int) -> dict[str, NDArray[np.float64]]:
    """At least the newest `rows` values of each metric, if there are so many; raises `NotFound` without samples."""
    frames = wiring.series_store().latest(resource, rows)
    if not frames:
        raise without_samples(resource)
    grid = merge(frames)
    if len(grid.times_ms) >= rows and _scarce(grid, rows):
        grid = merge(wiring.series_store().latest(resource, rows * FURTHER_BACK))
    return _by_name(grid)


def _scarce(grid: Frame, rows: int) -> bool:
    return bool((np.isfinite(grid.values).sum(axis=0) < rows).any())


def _by_name(grid: Frame) -> dict[str, NDArray[np.float64]]:
    order = sorted(range(len(grid.series)), key=lambda column: grid.series[column])
    called = names([SeriesId.from_bytes(grid.resource, grid.series[column]) for column in order])
    return {name: grid.values[:, column] for name, column in zip(called, order, strict=True)}
