"""Samples out of frames, as columns: which series, when, which value. Duplicates dropped, steps aggregated."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from inframind.frames import Frame

STALE_BITS = np.uint64(0x7FF0000000000002)  # Prometheus' staleness marker, a NaN of these very bits

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bits = NDArray[np.uint64]


class Aggregation(StrEnum):
    """What becomes of the samples within one step."""

    AVG = "avg"
    MIN = "min"
    MAX = "max"
    SUM = "sum"
    COUNT = "count"
    LAST = "last"


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Columns of equal length: series (a number the caller gave), time, value as bits. Sorted by series, then time."""

    series: Ints
    times_ms: Ints
    bits: Bits

    @property
    def values(self) -> Floats:
        """The values as numbers."""
        return self.bits.view(np.float64)

    def where(self, kept: NDArray[np.bool_]) -> "Samples":
        """The samples for which `kept` holds."""
        return Samples(self.series[kept], self.times_ms[kept], self.bits[kept])


def samples(frames: Sequence[Frame], number: Callable[[bytes], int]) -> Samples:
    """Every sample of the series to which `number` gives 0 or more (-1: not wanted), once.

    `frames` come oldest write first; of two samples of one series at one time the later write wins.
    """
    parts = [part for frame in frames if (part := _flat(frame, number)) is not None]
    if not parts:
        return Samples(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.uint64))
    series, times, bits = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((times, series))  # stable: of equals, the later write stays behind the earlier
    series, times = series[order], times[order]
    last = np.ones(len(series), np.bool_)
    last[:-1] = (series[1:] != series[:-1]) | (times[1:] != times[:-1])
    return Samples(series[last], times[last], bits[order][last])


def without_stale(found: Samples) -> Samples:
    """The samples that are not staleness markers."""
    return found.where(found.bits != STALE_BITS)


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """One row for each series and step that holds samples, sorted so; what every aggregation can be made from.

    Steps of parts add up to the steps of the whole, so hours are aggregated one at a time.
    """

    series: Ints
    starts_ms: Ints
    counts: Ints
    sums: Floats
    lows: Floats
    highs: Floats
    lasts: Bits

    def where(self, kept: NDArray[np.bool_]) -> "Steps":
        """The rows for which `kept` holds."""
        return Steps(*(getattr(self, name)[kept] for name in Steps.__slots__))

    def aggregated(self, how: Aggregation) -> Samples:
        """One sample for each step, at its beginning. `min` and `max` pass over NaN; `sum` and `avg` do not."""
        values: dict[Aggregation, Floats] = {
            Aggregation.AVG: self.sums / self.counts,
            Aggregation.MIN: self.lows,
            Aggregation.MAX: self.highs,
            Aggregation.SUM: self.sums,
            Aggregation.COUNT: self.counts.astype(np.float64),
            Aggregation.LAST: self.lasts.view(np.float64),
        }
        return Samples(self.series, self.starts_ms, values[how].view(np.uint64))


def steps(found: Samples, step_ms: int) -> Steps:
    """The samples gathered into steps that begin at whole multiples of `step_ms` since the epoch.

    >>> found = Samples(np.zeros(3, np.int64), np.array([0, 10, 60]), np.array([1.0, 3.0, 5.0]).view(np.uint64))
    >>> steps(found, 60).aggregated(Aggregation.AVG).values.tolist()
    [2.0, 5.0]
    """
    starts = found.times_ms // step_ms * step_ms
    ones = np.ones(len(starts), np.int64)
    return _reduced(Steps(found.series, starts, ones, found.values, found.values, found.values, found.bits))


def together(parts: Sequence[Steps]) -> Steps:
    """The steps of consecutive parts (earliest first) as one."""
    columns = [np.concatenate([getattr(part, name) for part in parts]) for name in Steps.__slots__]
    whole = Steps(*columns)
    order = np.lexsort((whole.starts_ms, whole.series))
    return _reduced(Steps(*(column[order] for column in columns)))


def _reduced(rows: Steps) -> Steps:
    """Neighbouring rows of one series and step made one."""
    if not len(rows.series):
        return rows
    new = np.ones(len(rows.series), np.bool_)
    new[1:] = (rows.series[1:] != rows.series[:-1]) | (rows.starts_ms[1:] != rows.starts_ms[:-1])
    at = np.flatnonzero(new)
    with np.errstate(invalid="ignore", over="ignore"):  # infinities are data here: inf - inf is NaN, and says so
        return Steps(
            rows.series[at],
            rows.starts_ms[at],
            np.add.reduceat(rows.counts, at),
            np.add.reduceat(rows.sums, at),
            np.fmin.reduceat(rows.lows, at),
            np.fmax.reduceat(rows.highs, at),
            rows.lasts[np.append(at[1:], len(new)) - 1],
        )


def _flat(frame: Frame, number: Callable[[bytes], int]) -> tuple[Ints, Ints, Bits] | None:
    numbers = np.fromiter(map(number, frame.series), np.int64, len(frame.series))
    wanted = np.flatnonzero(numbers >= 0)
    if not len(wanted):
        return None
    bits = np.ascontiguousarray(frame.values[:, wanted]).view(np.uint64)
    rows, columns = bits.shape
    series, times = np.tile(numbers[wanted], rows), np.repeat(frame.times_ms, columns)
    if frame.present is None:
        return series, times, bits.ravel()
    there = frame.present[:, wanted].ravel()
    return series[there], times[there], bits.ravel()[there]
