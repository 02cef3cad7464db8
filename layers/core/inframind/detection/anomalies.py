"""From verdicts to anomalies: each opens once with everything a person needs to judge it, and clears once."""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from inframind.detection.combined import contributions, resource_score
from inframind.detection.grids import Block
from inframind.detection.model.season import Z_CAP
from inframind.detection.model.verdicts import Kind, Phase, Verdicts
from inframind.detection.zscore import Z_CAP as FURTHEST
from inframind.identity import SeriesId, content_id, series_digest
from inframind.records import Anomaly, Contributor, Severity, from_ms

ALGORITHM = "bank_v1"
BAND_DEVIATIONS = 3.0  # half the width of the expected band: 99.7 % of a normal series
HIGH, CRITICAL = 3.0, 4.0  # deviations from which an anomaly is more than medium
NAMED = 3  # contributors in the explanation
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
    company = Company(block, verdicts)
    for row, column in zip(*(index.tolist() for index in np.nonzero(verdicts.phase)), strict=True):
        digest, phase = series_digest(*block.series[column]), verdicts.phase[row, column]
        if phase == Phase.ONGOING:
            if digest in is_open:
                is_open[digest] = _heightened(is_open[digest], float(block.values[row, column]))
            continue
        before = is_open.pop(digest, None)
        if before is not None:
            found.append(cleared(before, block.time_ms(row, column)))
        if phase == Phase.OPENED:
            is_open[digest] = company.around(opened(departure(block, verdicts, (row, column)), words), (row, column))
            found.append(is_open[digest])
    return found


def departure(block: Block, verdicts: Verdicts, cell: tuple[int, int]) -> Departure:
    """What the bank said of one sample, as numbers that are finite whatever it was."""
    row, column = cell
    value = _finite(float(block.values[cell]))
    expected, std = _finite(float(verdicts.expected[cell]), value), _finite(float(verdicts.std[cell]))
    return Departure(
        series=SeriesId.from_bytes(*block.series[column]),
        at_ms=block.time_ms(row, column),
        value=value,
        expected=expected,
        std=std,
        z=uncapped(_finite(float(verdicts.z[cell])), _finite(value - expected), std),
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
        peak_value=departure.value,
    )


def cleared(anomaly: Anomaly, at_ms: int) -> Anomaly:
    """The anomaly once its series is back to what is expected."""
    return anomaly.model_copy(update={"phase": "cleared", "cleared_at": from_ms(at_ms)})


class Company:
    """What the other series of a resource did at the time: one score for all, and who contributes most to it."""

    def __init__(self, block: Block, verdicts: Verdicts) -> None:
        self._block, self._verdicts = block, verdicts
        self._columns: dict[str, list[int]] = {}

    def around(self, anomaly: Anomaly, cell: tuple[int, int]) -> Anomaly:
        """The anomaly with its resource's score and contributors, which are named if there are several."""
        row, column = cell
        columns = self._of(self._block.series[column][0])
        raw = np.nan_to_num(self._verdicts.raw[row, columns], posinf=sys.float_info.max / len(columns))
        shares = contributions(raw, [str(column) for column in columns])
        contributors = tuple(self._contributor(int(column), share) for column, share in shares)
        score = round(_finite(float(resource_score(raw[None])[0])), 4)
        told = {"resource_score": score, "contributors": contributors}
        if len(contributors) > 1:
            told["explanation"] = (
                f"{anomaly.explanation} Most unusual of {anomaly.resource_id}: {_named(contributors)}."
            )
        return anomaly.model_copy(update=told)

    def _of(self, resource: str) -> list[int]:
        if not self._columns:
            for column, (owner, _) in enumerate(self._block.series):
                self._columns.setdefault(owner, []).append(column)
        return self._columns[resource]

    def _contributor(self, column: int, share: float) -> Contributor:
        series = SeriesId.from_bytes(*self._block.series[column])
        return Contributor(metric_name=series.metric, labels=dict(series.labels), share=round(share, 4))


def _named(contributors: tuple[Contributor, ...]) -> str:
    parts = []
    for one in contributors[:NAMED]:
        labels = ", ".join(f"{name}={value}" for name, value in one.labels.items())
        parts.append(f"{one.metric_name}{f' ({labels})' if labels else ''} {100 * one.share:.0f} %")
    return ", ".join(parts)


def _heightened(anomaly: Anomaly, value: float) -> Anomaly:
    furthest = anomaly.current_value if anomaly.peak_value is None else anomaly.peak_value
    if not abs(value - anomaly.baseline_mean) > abs(furthest - anomaly.baseline_mean):  # nor for NaN
        return anomaly
    return anomaly.model_copy(update={"peak_value": _finite(value)})


def uncapped(z: float, apart: float, std: float) -> float:
    """`z`, which the bank counts up to its cap, as large as the numbers that people see beside it say.

    >>> round(uncapped(50.0, 1500.0 - 108.0, 5.745), 2), uncapped(-7.0, -1500.0, 5.0)
    (242.3, -7.0)
    """
    if abs(z) < Z_CAP or std <= 0.0:
        return z
    return math.copysign(min(max(abs(apart) / std, abs(z)), FURTHEST), z)


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
