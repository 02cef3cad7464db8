"""Frames of one resource into fewer: what a batch brought is stored together, because a write is billed by the item."""

from collections import defaultdict
from collections.abc import Container, Sequence

import numpy as np
from numpy.typing import NDArray

from inframind.frames import HOUR_MS, Frame, by_hour

SPARSE = 4  # cells of a merged grid for each one that came: more, and frames are merged series by series instead
SMALL = 4_096  # cells below which sparseness costs nothing


def merge(frames: Sequence[Frame]) -> list[Frame]:
    """The samples of `frames` (one resource, oldest write first) in as few frames as is cheap, none crossing an hour.

    Of two samples of one series at one time the later write wins. Where frames have little in common (many series,
    each at times of its own) one grid would be mostly holes: then only frames of equal series are merged.
    """
    hours: dict[int, list[Frame]] = defaultdict(list)
    for frame in frames:
        for part in by_hour(frame):
            if part.values.size:
                hours[int(part.times_ms[0]) // HOUR_MS].append(part)
    return [merged for hour in sorted(hours) for merged in _hour(hours[hour]) if merged.values.size]


def union(frames: Sequence[Frame]) -> Frame:
    """All samples in one grid, series sorted; of two samples of one series at one time the later write wins.

    >>> old = Frame("db-1", (b"up",), np.array([0, 1]), np.array([[1.0], [2.0]]))
    >>> new = Frame("db-1", (b"up",), np.array([1, 2]), np.array([[5.0], [6.0]]))
    >>> union([old, new]).values.ravel().tolist()
    [1.0, 5.0, 6.0]
    """
    series = tuple(sorted({name for frame in frames for name in frame.series}))
    times = np.unique(np.concatenate([frame.times_ms for frame in frames]))
    bits = np.zeros((len(times), len(series)), np.uint64)
    there = np.zeros(bits.shape, np.bool_)
    column = {name: place for place, name in enumerate(series)}
    for frame in frames:
        columns = np.fromiter(map(column.__getitem__, frame.series), np.int64, len(frame.series))
        at = np.ix_(np.searchsorted(times, frame.times_ms), columns)
        values = np.ascontiguousarray(frame.values).view(np.uint64)
        bits[at] = values if frame.present is None else np.where(frame.present, values, bits[at])
        there[at] |= True if frame.present is None else frame.present
    return _trimmed(Frame(frames[0].resource, series, times, bits.view(np.float64), there))


def without(frame: Frame, unwanted: Container[bytes]) -> Frame:
    """The frame without some of its series, and without the rows that then hold nothing.

    >>> both = Frame("db-1", (b"cpu", b"up"), np.array([0]), np.array([[0.5, 1.0]]))
    >>> without(both, {b"cpu"}).series
    (b'up',)
    """
    kept = [place for place, name in enumerate(frame.series) if name not in unwanted]
    if len(kept) == len(frame.series):
        return frame
    present = None if frame.present is None else frame.present[:, kept]
    series = tuple(frame.series[place] for place in kept)
    return _trimmed(Frame(frame.resource, series, frame.times_ms, frame.values[:, kept], present))


def _hour(frames: Sequence[Frame]) -> list[Frame]:
    if len(frames) == 1:
        return [_trimmed(frames[0])]
    times = len(np.unique(np.concatenate([frame.times_ms for frame in frames])))
    series = len({name for frame in frames for name in frame.series})
    if times * series <= max(SPARSE * sum(frame.values.size for frame in frames), SMALL):
        return [union(frames)]
    alike: dict[frozenset[bytes], list[Frame]] = defaultdict(list)
    for frame in frames:
        alike[frozenset(frame.series)].append(frame)
    return [union(group) for group in alike.values()]


def _trimmed(frame: Frame) -> Frame:
    """Without rows and series that hold nothing, and without a mask where nothing is missing."""
    present = frame.present
    if present is None or present.all():
        return Frame(frame.resource, frame.series, frame.times_ms, frame.values)
    rows, columns = present.any(axis=1), present.any(axis=0)
    if rows.all() and columns.all():
        return frame
    series = tuple(frame.series[place] for place in np.flatnonzero(columns).tolist())
    kept: NDArray[np.bool_] = present[rows][:, columns]
    values = frame.values[rows][:, columns]
    return Frame(frame.resource, series, frame.times_ms[rows], values, None if kept.all() else kept)
