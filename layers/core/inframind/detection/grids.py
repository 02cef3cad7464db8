"""From frames, which come a few at a time, to the grids that the bank learns and the z-score judges."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.frames import Frame

SPARSE = 4  # cells of a merged grid for each one that came: more, and the grid would be mostly holes
SMALL = 4_096  # cells below which holes cost nothing

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


def merge(frames: Sequence[Frame]) -> Frame:
    """Every sample of one resource's frames in one grid, absent cells NaN; of a repeated sample the one written last.

    >>> day = Frame("db-1", (b"cpu",), np.array([0, 60_000]), np.array([[1.0], [2.0]]))
    >>> late = Frame("db-1", (b"cpu", b"io"), np.array([60_000]), np.array([[3.0, 9.0]]))
    >>> merge([day, late]).values.tolist()
    [[1.0, nan], [3.0, 9.0]]
    """
    if len(frames) == 1:
        return Frame(frames[0].resource, frames[0].series, frames[0].times_ms, _with_gaps(frames[0]))
    times = np.unique(np.concatenate([frame.times_ms for frame in frames]))
    columns = {name: i for i, name in enumerate(dict.fromkeys(name for frame in frames for name in frame.series))}
    values = np.full((len(times), len(columns)), np.nan)
    for frame in frames:
        cells = np.ix_(np.searchsorted(times, frame.times_ms), np.array([columns[name] for name in frame.series]))
        values[cells] = frame.values if frame.present is None else np.where(frame.present, frame.values, values[cells])
    return Frame(frames[0].resource, tuple(columns), times, values)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Samples of many resources for one update of the bank.

    `series` are (resource, name inside it); `times_ms` is (t,), or (t, n) where clocks differ; `values` is (t, n).
    """

    series: tuple[tuple[str, bytes], ...]
    times_ms: Times
    values: Floats

    def time_ms(self, row: int, column: int) -> int:
        """When the sample of a row and column was taken."""
        return int(self.times_ms[row] if self.times_ms.ndim == 1 else self.times_ms[row, column])


def blocks(frames: Iterable[Frame]) -> list[Block]:
    """The frames as few blocks, to be learnt in this order: resources with about as many rows share one.

    Every target is scraped at its own millisecond; a block a time vector would be a block a target.
    """
    of_resource: dict[str, list[Frame]] = {}
    for frame in frames:
        of_resource.setdefault(frame.resource, []).append(frame)
    alike: dict[tuple[int, int], list[Frame]] = {}
    for group in of_resource.values():
        for turn, grid in enumerate(_dense(group)):
            alike.setdefault((turn, len(grid.times_ms).bit_length()), []).append(grid)
    return [_beside(grids) for _, grids in sorted(alike.items())]


def _dense(frames: Sequence[Frame]) -> list[Frame]:
    """One grid, or, where that were mostly holes, one for each set of series, oldest first."""
    if len(frames) == 1:
        return [merge(frames)]
    times = len(np.unique(np.concatenate([frame.times_ms for frame in frames])))
    series = len({name for frame in frames for name in frame.series})
    if times * series <= max(SPARSE * sum(frame.values.size for frame in frames), SMALL):
        return [merge(frames)]
    alike: dict[frozenset[bytes], list[Frame]] = {}
    for frame in frames:
        alike.setdefault(frozenset(frame.series), []).append(frame)
    return sorted((merge(group) for group in alike.values()), key=lambda grid: int(grid.times_ms[0]))


def _beside(grids: Sequence[Frame]) -> Block:
    series = tuple((grid.resource, name) for grid in grids for name in grid.series)
    first = grids[0].times_ms
    if all(np.array_equal(grid.times_ms, first) for grid in grids):
        return Block(series, first, np.hstack([grid.values for grid in grids]))
    shape = (max(len(grid.times_ms) for grid in grids), len(series))
    times, values, column = np.zeros(shape, np.int64), np.full(shape, np.nan), 0
    for grid in grids:
        rows, width = grid.values.shape
        times[:rows, column : column + width] = grid.times_ms[:, None]
        times[rows:, column : column + width] = grid.times_ms[
            -1
        ]  # below the last sample there is none: values stay NaN
        values[:rows, column : column + width] = grid.values
        column += width
    return Block(series, times, values)


def _with_gaps(frame: Frame) -> Floats:
    return frame.values if frame.present is None else np.where(frame.present, frame.values, np.nan)
