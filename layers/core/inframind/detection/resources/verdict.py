"""How a resource stands now: the shipped detector over its last samples, its metrics' scores as one."""

from typing import Literal

import numpy as np

from inframind.detection.bank.bank import Bank
from inframind.detection.resources.score import LOUDEST, resource_score
from inframind.frames import Frame
from inframind.identity import SeriesId, series_digest
from inframind.records import Anomaly, Moment, Record, from_ms

ROWS = 300  # timestamps looked back on
LEAST_ROWS = 30  # fewer do not tell what is usual
ANOMALY = 1.0

Status = Literal["OK", "UNUSUAL", "ANOMALY", "INSUFFICIENT_DATA"]


class Part(Record):
    """One series of a resource now: what it is, what was expected, and its share of the resource's score."""

    metric_name: str
    labels: dict[str, str]
    value: float
    expected: float
    z_score: float
    score: float
    share: float


class ResourceVerdict(Record):
    """One score for a resource, the series that make it up, and the anomalies open in it."""

    resource_id: str
    status: Status
    score: float
    at: Moment
    contributors: tuple[Part, ...]
    open_anomalies: tuple[Anomaly, ...]
    explanation: str


def verdict(grid: Frame, open_anomalies: tuple[Anomaly, ...]) -> ResourceVerdict:
    """The verdict on a resource from its last samples, (t, n), and what the scorer has found open in it."""
    parts = _parts(grid)
    score = float(resource_score(np.array([[one.score for one in parts]]))[0]) if parts else 0.0
    status = _status(len(grid.times_ms), score, bool(open_anomalies))
    loudest = tuple(one for one in parts[:LOUDEST] if one.score > 0)
    return ResourceVerdict(
        resource_id=grid.resource,
        status=status,
        score=round(score, 4),
        at=from_ms(int(grid.times_ms[-1])),
        contributors=loudest,
        open_anomalies=open_anomalies,
        explanation=_words(grid.resource, status, (score, loudest), len(open_anomalies)),
    )


def _parts(grid: Frame) -> list[Part]:
    """Each series at its newest sample, the most unusual first."""
    bank = Bank.empty()
    verdicts = bank.update(
        bank.rows([series_digest(grid.resource, name) for name in grid.series]), grid.times_ms, grid.values
    )
    came = np.isfinite(grid.values)
    newest = came.shape[0] - 1 - came[::-1].argmax(axis=0)
    total = float(verdicts.raw[newest, np.arange(came.shape[1])][came.any(axis=0)].sum())
    parts = []
    for column in np.nonzero(came.any(axis=0))[0].tolist():
        series, cell = SeriesId.from_bytes(grid.resource, grid.series[column]), (newest[column], column)
        value, score = float(grid.values[cell]), float(verdicts.raw[cell])
        expected = float(np.nan_to_num(verdicts.expected[cell], nan=value))
        parts.append(
            Part(
                metric_name=series.metric,
                labels=dict(series.labels),
                value=value,
                expected=round(expected, 6),
                z_score=round(float(verdicts.z[cell]), 4),
                score=round(score, 4),
                share=round(score / total, 4) if total else 0.0,
            )
        )
    return sorted(parts, key=lambda one: (-one.score, one.metric_name, sorted(one.labels.items())))


def _status(rows: int, score: float, has_open: bool) -> Status:
    if has_open:
        return "ANOMALY"
    if rows < LEAST_ROWS:
        return "INSUFFICIENT_DATA"
    return "UNUSUAL" if score >= ANOMALY else "OK"


def _words(resource: str, status: Status, scored: tuple[float, tuple[Part, ...]], count: int) -> str:
    score, loudest = scored
    if status == "INSUFFICIENT_DATA":
        return f"{resource} has sent too few samples to say what is usual; {LEAST_ROWS} are needed."
    said = {"OK": "is as usual", "UNUSUAL": "is unusual", "ANOMALY": f"has {count} open"}[status]
    noun = (" anomaly" if count == 1 else " anomalies") if status == "ANOMALY" else ""
    most = "; most unusual: " + ", ".join(
        f"{one.metric_name} {one.value:.4g} where {one.expected:.4g} was expected ({100 * one.share:.0f} %)"
        for one in loudest[:3]
    )
    return f"{resource} {said}{noun}, with a score of {score:.2f} where 1 is an anomaly{most if loudest else ''}."
