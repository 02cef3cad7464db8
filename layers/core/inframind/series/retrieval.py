"""One page of an answer: takes frames hour by hour, as far as the page reaches and no further."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inframind.frames import HOUR_MS, Frame
from inframind.identity import SeriesId, series_digest
from inframind.series.query import Position, Query
from inframind.series.samples import Ints, Samples, Steps, samples, steps, together, without_stale

CELLS_A_PAGE = 8_000_000  # values unpacked for one page; about half a second of work, then the page ends

PAGE_BYTES = 3_000_000  # of the 6 MB that a function may answer, in which every quote is escaped once more
SAMPLE_BYTES = 60  # of a time and a value, quotes and commas
SERIES_BYTES = 100  # of a series beside its name
ESCAPED = 2  # bytes that one of a name may become


class Part(NamedTuple):
    """What one hour gave: samples, all there are before `reached_ms`, and how many values were unpacked for it."""

    found: Samples
    reached_ms: int
    cells: int


@dataclass(frozen=True, slots=True, eq=False)
class SeriesSamples:
    """One series of an answer: (k,) times and values."""

    series: SeriesId
    found: Samples


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """Lines by metric and labels, and where the next page goes on (None: this was the last)."""

    lines: tuple[SeriesSamples, ...]
    following: Position | None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing here and nothing behind."""
        return not self.lines and self.following is None


def retrieve(query: Query, hours: Iterable[Sequence[Frame]]) -> Answer:
    """The first `query.limit` samples behind `query.after`, by time; every sample is in exactly one page.

    `hours` gives the frames of one hour after the other, oldest write first, from `query.resume_ms` on; it is read as
    far as the page reaches. With a step, samples are whole steps. A page may end early where enough has been read.
    """
    index = SeriesIndex(query)
    parts = _stepped(query, query.step_ms, hours, index) if query.step_ms else _plain(query, hours, index)
    kept: list[Samples] = []
    size = cells = 0
    for part in parts:
        kept.append(index.behind(part.found, query.after))
        size += len(kept[-1].series)
        cells += part.cells
        if size > query.limit or (cells > CELLS_A_PAGE and part.reached_ms > query.resume_ms):
            return index.page(kept, part.reached_ms)
    return index.page(kept, query.end_ms)


class SeriesIndex:
    """The series that a query has found: each has a number, and a mark that orders series of one time across pages."""

    def __init__(self, query: Query) -> None:
        self._query = query
        self._numbers: dict[bytes, int] = {}
        self._series: list[SeriesId] = []
        self._marks: list[str] = []
        self._lengths: list[int] = []

    def number(self, key: bytes) -> int:
        """The number of a series, -1 if it is not wanted."""
        known = self._numbers.get(key)
        return self._enter(key) if known is None else known

    def _enter(self, key: bytes) -> int:
        series = SeriesId.from_bytes(self._query.resource, key)
        self._numbers[key] = len(self._series) if self._query.wants(series) else -1
        if self._query.wants(series):
            self._series.append(series)
            self._lengths.append(len(key))
            self._marks.append(series_digest(self._query.resource, key).hex()[:16])
        return self._numbers[key]

    def behind(self, found: Samples, after: Position | None) -> Samples:
        """The samples behind a position."""
        if after is None or not len(found.series):
            return found
        later = np.array([mark > after.mark for mark in self._marks])
        return found.where((found.times_ms > after.time_ms) | ((found.times_ms == after.time_ms) & later[found.series]))

    def page(self, parts: Sequence[Samples], reached_ms: int) -> Answer:
        """The first `limit` samples of all parts as lines; the next page goes on behind them, or at `reached_ms`."""
        if not parts:
            return Answer((), None)
        whole = Samples(*(np.concatenate([getattr(part, name) for part in parts]) for name in Samples.__slots__))
        ranks = np.argsort(np.argsort(np.array(self._marks)))[whole.series] if self._marks else whole.series
        order = np.lexsort((ranks, whole.times_ms))
        limit = min(self._query.limit, self._fitting(whole.series[order]))
        following = Position(reached_ms, "", self._query.end_ms) if reached_ms < self._query.end_ms else None
        if len(order) > limit:
            last = order[limit - 1]
            mark = self._marks[int(whole.series[last])]
            following = Position(int(whole.times_ms[last]), mark, self._query.end_ms)
        return Answer(tuple(self._lines(whole, np.sort(order[:limit]))), following)

    def _fitting(self, numbers: Ints) -> int:
        """How many samples, in this order, fit into an answer, at least one; a series' name costs where it comes up."""
        sizes = np.full(len(numbers), SAMPLE_BYTES)
        met, at = np.unique(numbers, return_index=True)
        sizes[at] += SERIES_BYTES + ESCAPED * np.array([self._lengths[number] for number in met.tolist()], np.int64)
        return max(1, int(np.searchsorted(np.cumsum(sizes), PAGE_BYTES, "right")))

    def _lines(self, whole: Samples, kept: NDArray[np.intp]) -> Iterator[SeriesSamples]:
        page = Samples(whole.series[kept], whole.times_ms[kept], whole.bits[kept])
        met = np.unique(page.series).tolist()
        for number in sorted(met, key=lambda one: (self._series[one].metric, self._series[one].labels)):
            of_it = page.where(page.series == number)
            order = np.argsort(of_it.times_ms, kind="stable")
            found = Samples(of_it.series[order], of_it.times_ms[order], of_it.bits[order])
            yield SeriesSamples(self._series[number], found)


def _plain(query: Query, hours: Iterable[Sequence[Frame]], index: SeriesIndex) -> Iterator[Part]:
    for frames in hours:
        yield Part(_within(query, frames, index), _end_of_hour(frames), _cells(frames))


def _stepped(query: Query, step_ms: int, hours: Iterable[Sequence[Frame]], index: SeriesIndex) -> Iterator[Part]:
    """Whole steps alone: a step that reaches into the next hour waits for it."""
    waiting: list[Steps] = []
    for frames in hours:
        waiting.append(steps(_within(query, frames, index), step_ms))
        known = together(waiting)
        reached = _end_of_hour(frames) // step_ms * step_ms
        whole = known.starts_ms < reached
        waiting = [known.where(~whole)]
        yield Part(known.where(whole).aggregated(query.aggregation), reached, _cells(frames))
    if waiting:
        yield Part(waiting[0].aggregated(query.aggregation), query.end_ms, 0)


def _within(query: Query, frames: Sequence[Frame], index: SeriesIndex) -> Samples:
    found = samples(frames, index.number)
    found = found if query.stale else without_stale(found)
    return found.where((found.times_ms >= query.resume_ms) & (found.times_ms < query.end_ms))


def _end_of_hour(frames: Sequence[Frame]) -> int:
    return (int(frames[0].times_ms[0]) // HOUR_MS + 1) * HOUR_MS


def _cells(frames: Sequence[Frame]) -> int:
    return sum(frame.values.size for frame in frames)
