"""From verdicts to anomalies: each opens once with everything a person needs to judge it, and clears once."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from inframind.detection.grids import Block
from inframind.detection.verdicts import Kind, Phase, Verdicts
from inframind.identity import SeriesId, content_id, series_digest
from inframind.records import Anomaly, Severity, from_ms

ALGORITHM = "bank_v1"
BAND_DEVIATIONS = 3.0  # half the width of the expected band: 99.7 % of a normal series
HIGH, CRITICAL = 3.0, 4.0  # deviations from which an anomaly is more than medium
SHAPELESS = {Kind.VARIANCE, Kind.FLATLINE, Kind.ABSENT}  # departures that are neither up nor down

Direction = Literal["up", "down", "none"]


@dataclass(frozen=True, slots=True)
class Departure:
    """A sample at which a series left its expected range; every number is finite."""

    series: SeriesId
    at_ms: int
    value: float
    expected: float
    std: float
    z: float
    score: float
    kind: Kind

    @property
    def direction(self) -> Direction:
        """Which way the value left."""
        if self.kind in SHAPELESS or self.value == self.expected:
            return "none"
        return "up" if self.value > self.expected else "down"

    @property
    def deviation_percent(self) -> float | None:
        """How far the value lies from the expected one, in percent of it; None where 0 was expected."""
        if self.expected == 0:
            return None
        return round(_finite(100 * (self.value / self.expected - 1.0) * (1 if self.expected > 0 else -1)), 2)

    @property
    def band(self) -> tuple[float, float]:
        """The range that was expected."""
        half = BAND_DEVIATIONS * self.std
        return _finite(self.expected - half), _finite(self.expected + half)


Words = Callable[[Departure], str]


def changes(block: Block, verdicts: Verdicts, is_open: dict[bytes, Anomaly], words: Words) -> list[Anomaly]:
    """Anomalies that opened or cleared, in order of time; `is_open`, by series digest, follows."""
    found: list[Anomaly] = []
    speaking = (verdicts.phase == Phase.OPENED) | (verdicts.phase == Phase.CLEARED)
    for row, column in zip(*(index.tolist() for index in np.nonzero(speaking)), strict=True):
        digest, at_ms = series_digest(*block.series[column]), block.time_ms(row, column)
        before = is_open.pop(digest, None)
        if before is not None:
            found.append(cleared(before, at_ms))
        if verdicts.phase[row, column] == Phase.OPENED:
            is_open[digest] = opened(departure(block, verdicts, (row, column)), words)
            found.append(is_open[digest])
    return found


def departure(block: Block, verdicts: Verdicts, cell: tuple[int, int]) -> Departure:
    """What the bank said of one sample, as numbers that are finite whatever it was."""
    row, column = cell
    value = _finite(float(block.values[cell]))
    return Departure(
        series=SeriesId.from_bytes(*block.series[column]),
        at_ms=block.time_ms(row, column),
        value=value,
        expected=_finite(float(verdicts.expected[cell]), value),
        std=_finite(float(verdicts.std[cell])),
        z=_finite(float(verdicts.z[cell])),
        score=_finite(float(verdicts.score[cell])),
        kind=Kind(int(verdicts.kind[cell])),
    )


def opened(departure: Departure, words: Words) -> Anomaly:
    """The anomaly that a departure opens; the same series and time give the same id."""
    low, high = departure.band
    digest = series_digest(departure.series.resource, departure.series.to_bytes())
    return Anomaly(
        id=content_id((digest, departure.at_ms.to_bytes(8, "big", signed=True))),
        resource_id=departure.series.resource,
        metric_name=departure.series.metric,
        labels=dict(departure.series.labels),
        detected_at=from_ms(departure.at_ms),
        current_value=departure.value,
        baseline_mean=departure.expected,
        baseline_std_dev=departure.std,
        band_low=low,
        band_high=high,
        z_score=round(departure.z, 4),
        deviation_percent=departure.deviation_percent,
        score=round(departure.score, 4),
        severity=severity(departure.z),
        direction=departure.direction,
        kind=departure.kind.name.lower(),
        explanation=words(departure),
        algorithm=ALGORITHM,
    )


def cleared(anomaly: Anomaly, at_ms: int) -> Anomaly:
    """The anomaly once its series is back to what is expected."""
    return anomaly.model_copy(update={"phase": "cleared", "cleared_at": from_ms(at_ms)})


def severity(z: float) -> Severity:
    """Critical above 4 standard deviations, high above 3, else medium.

    >>> [severity(z).value for z in (-4.1, 4.0, 3.0)]
    ['critical', 'high', 'medium']
    """
    if abs(z) > CRITICAL:
        return Severity.CRITICAL
    return Severity.HIGH if abs(z) > HIGH else Severity.MEDIUM


def _finite(number: float, unknown: float = 0.0) -> float:
    """The number, infinities as the largest float of their sign, `unknown` for NaN."""
    if number != number:
        return unknown
    return max(-sys.float_info.max, min(sys.float_info.max, number))
