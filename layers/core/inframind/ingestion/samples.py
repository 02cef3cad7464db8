"""What every format becomes: runs of samples of numbered series, and the faults that were found on the way."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from inframind.errors import MAX_FAULTS, Fault
from inframind.ingestion.limits import EARLIEST_MS
from inframind.ingestion.naming import shown_name
from inframind.ingestion.series_cache import SeriesCache

STALE_BITS = 0x7FF0000000000002
STALE = float(np.array(STALE_BITS, np.uint64).view(np.float64))
"""Prometheus' stale marker: a NaN of one bit pattern, which says that the series ends here."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Runs in the order they came: run i is the next `counts[i]` samples, of series `series[i]` of the cache.

    One series may have several runs; times are in any order; the last of two samples at one time counts.
    """

    series: NDArray[np.int64]
    counts: NDArray[np.int64]
    times_ms: NDArray[np.int64]
    values: NDArray[np.float64]

    @property
    def size(self) -> int:
        """How many samples."""
        return len(self.times_ms)

    def joined(self, other: "Samples") -> "Samples":
        """These samples, then the other's."""
        if not other.size:
            return self
        columns = ((getattr(self, name), getattr(other, name)) for name in ("series", "counts", "times_ms", "values"))
        return Samples(*map(np.concatenate, columns))


@dataclass(slots=True)
class Tally:
    """What was refused and why; the first faults are kept, all are counted."""

    rejected: int = 0
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, where: str, what: str, samples: int = 1) -> None:
        """Counts refused samples under one fault."""
        self.rejected += samples
        if len(self.faults) < MAX_FAULTS:
            self.faults.append(Fault(where, what))

    def refuse_all(self, place: str, faults: Iterable[tuple[str, str]]) -> None:
        """Counts one refused entry, with each of its faults: (field, what)."""
        self.rejected += 1
        for field_name, what in faults:
            self.refuse(".".join(filter(None, (place, field_name))) or "body", what, 0)


class Collector:
    """Gathers samples one by one, for the formats that come as text or as messages."""

    def __init__(self) -> None:
        self._series: list[int] = []
        self._times: list[int] = []
        self._values: list[float] = []

    def add(self, series: int, time_ms: int, value: float) -> None:
        """One sample of one numbered series."""
        self._series.append(series)
        self._times.append(time_ms)
        self._values.append(value)

    def samples(self) -> Samples:
        """All that was added."""
        series = np.array(self._series, np.int64)
        times, values = np.array(self._times, np.int64), np.array(self._values, np.float64)
        return Samples(series, np.ones_like(series), times, values)


def in_time(samples: Samples, horizon_ms: int, cache: SeriesCache, tally: Tally) -> Samples:
    """The samples between 1970 and `horizon_ms`; the others are tallied under their series."""
    times = samples.times_ms
    if not len(times) or (int(times.min()) >= EARLIEST_MS and int(times.max()) <= horizon_ms):
        return samples
    good = (times >= EARLIEST_MS) & (times <= horizon_ms)
    runs = np.repeat(np.arange(len(samples.counts)), samples.counts)
    for run in np.unique(runs[~good]):
        ahead = bool((times[runs == run] > horizon_ms).any())
        what = "time is ahead of the clock here" if ahead else "time is before 1970"
        count = int((~good & (runs == run)).sum())
        tally.refuse(shown_name(cache.names[samples.series[run]]), f"{what} ({count} samples)", count)
    counts = np.bincount(runs[good], minlength=len(samples.counts))
    return Samples(samples.series, counts.astype(np.int64), times[good], samples.values[good])
