"""A sample outside its expected range, in numbers that a person can read."""

import math
import sys
from dataclasses import dataclass
from typing import Literal

from inframind.detection.grids import Block
from inframind.detection.model.season import Z_CAP
from inframind.detection.model.verdicts import Kind, Verdicts
from inframind.identity import SeriesId
from inframind.records import Severity

BAND_DEVIATIONS = 3.0  # half the width of the expected band: 99.7 % of a normal series
HIGH, CRITICAL = 3.0, 4.0  # deviations from which an anomaly is more than medium
FURTHEST = 1e6  # deviations: a constant that moves is infinitely far out; say so with a finite number
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
        return round(finite(100 * (self.value / self.expected - 1.0) * (1 if self.expected > 0 else -1)), 2)

    @property
    def band(self) -> tuple[float, float]:
        """The range that was expected."""
        half = BAND_DEVIATIONS * self.std
        return finite(self.expected - half), finite(self.expected + half)


def departure(block: Block, verdicts: Verdicts, cell: tuple[int, int]) -> Departure:
    """What the bank said of one sample, as numbers that are finite whatever it was."""
    row, column = cell
    value = finite(float(block.values[cell]))
    expected, std = finite(float(verdicts.expected[cell]), value), finite(float(verdicts.std[cell]))
    return Departure(
        series=SeriesId.from_bytes(*block.series[column]),
        at_ms=block.time_ms(row, column),
        value=value,
        expected=expected,
        std=std,
        z=uncapped(finite(float(verdicts.z[cell])), finite(value - expected), std),
        score=finite(float(verdicts.score[cell])),
        kind=Kind(int(verdicts.kind[cell])),
    )


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


def finite(number: float, unknown: float = 0.0) -> float:
    """The number, infinities as the largest float of their sign, `unknown` for NaN."""
    if number != number:
        return unknown
    return max(-sys.float_info.max, min(sys.float_info.max, number))
