"""Samples become frames: one for each resource and its times, whatever the order they came in.

Series that share their times form a full grid. Series with times of their own share a grid as long as the grid does
not grow far beyond its samples; so a request of n samples never becomes a grid of n times n cells.
"""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from inframind.errors import TooLarge
from inframind.frames import HOUR_MS, Frame, encode_bounded
from inframind.ingestion.limits import LATEST_MS, PLACES_LIMIT
from inframind.ingestion.plans import Group
from inframind.ingestion.samples import Samples
from inframind.ingestion.series_cache import SeriesCache

FILL = 2  # cells a sample, at most, once a grid is larger than the slack
SLACK = 4_096  # cells a grid may always have: 32 KB, which compress to little when they are absent


def packed(samples: Samples, cache: SeriesCache) -> list[bytes]:
    """The samples as encoded frames; equal samples give equal bytes, however they were ordered.

    Raises `TooLarge` for samples of so many resources and hours that they could not be written in time.
    """
    if samples.size > PLACES_LIMIT:  # nearly never: looking closer costs time
        _check_places(samples, cache)
    samples, groups = _planned(samples, cache)
    starts = np.cumsum(samples.counts) - samples.counts
    frames: list[bytes] = []
    for group in groups:
        counts = samples.counts[group.runs]
        width = int(counts[0])
        if (counts == width).all():
            cells = starts[group.runs][:, None] + np.arange(width)
            times = samples.times_ms[cells]
            if (times == times[0]).all():
                grid = Frame(group.resource, group.series, times[0], samples.values[cells].T)
                frames += encode_bounded(grid, group.labels)
                continue
        for frame in _ragged(samples, group, starts):
            frames += encode_bounded(frame)
    return frames


def _check_places(samples: Samples, cache: SeriesCache) -> None:
    known: dict[str, int] = {}
    series = samples.series.tolist()
    resources = np.array([known.setdefault(cache.names[number].resource, len(known)) for number in series], np.int64)
    hours = samples.times_ms // HOUR_MS
    places = len(np.unique(np.repeat(resources, samples.counts) * (LATEST_MS // HOUR_MS + 1) + hours))
    if places > PLACES_LIMIT:
        raise TooLarge(
            f"The samples are spread over {places} resources and hours; the limit of a request is {PLACES_LIMIT}. "
            "Send fewer resources, or a shorter time, at once."
        )


def _planned(samples: Samples, cache: SeriesCache) -> tuple[Samples, tuple[Group, ...]]:
    samples = _without_empty_runs(samples)
    plan = cache.plans.plan(samples.series, cache.names)
    if plan.repeats or not _rise(samples):
        samples = _tidied(samples)
        plan = cache.plans.plan(samples.series, cache.names)
    return samples, plan.groups


def _without_empty_runs(samples: Samples) -> Samples:
    filled = samples.counts > 0
    if filled.all():
        return samples
    return Samples(samples.series[filled], samples.counts[filled], samples.times_ms, samples.values)


def _rise(samples: Samples) -> bool:
    """Whether times rise strictly inside every run."""
    if samples.size == len(samples.counts):
        return True
    rises = samples.times_ms[1:] > samples.times_ms[:-1]
    rises[np.cumsum(samples.counts)[:-1] - 1] = True
    return bool(rises.all())


def _tidied(samples: Samples) -> Samples:
    """One run a series, times rising; of two samples at one time the one that came last."""
    number = np.repeat(samples.series, samples.counts)
    order = np.lexsort((samples.times_ms, number))  # stable: arrival decides between equals
    number, times = number[order], samples.times_ms[order]
    last = np.ones(len(order), np.bool_)
    last[:-1] = (number[1:] != number[:-1]) | (times[1:] != times[:-1])
    series, counts = np.unique(number[last], return_counts=True)
    return Samples(series, counts.astype(np.int64), times[last], samples.values[order][last])


def _ragged(samples: Samples, group: Group, starts: NDArray[np.int64]) -> Iterator[Frame]:
    """Frames of series with different times."""
    sharing: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for column, run in enumerate(group.runs.tolist()):
        start = int(starts[run])
        sharing[tuple(samples.times_ms[start : start + int(samples.counts[run])].tolist())].append(column)
    for vectors in _clusters(sharing):
        columns = sorted(column for vector in vectors for column in sharing[vector])
        yield _grid(samples, group, starts, columns)


def _clusters(sharing: dict[tuple[int, ...], list[int]]) -> Iterator[list[tuple[int, ...]]]:
    """Time vectors that share a grid: neighbours by time, while the grid stays mostly full or small."""
    vectors: list[tuple[int, ...]] = []
    times: set[int] = set()
    series = samples = 0
    for vector in sorted(sharing):
        columns = len(sharing[vector])
        rows = len(times) + sum(time not in times for time in vector)
        more = samples + columns * len(vector)
        if vectors and rows * (series + columns) > FILL * more + SLACK:
            yield vectors
            vectors, times, series, more = [], set(), 0, columns * len(vector)
        vectors.append(vector)
        times.update(vector)
        series, samples = series + columns, more
    yield vectors


def _grid(samples: Samples, group: Group, starts: NDArray[np.int64], columns: list[int]) -> Frame:
    spans = [slice(int(starts[run]), int(starts[run] + samples.counts[run])) for run in group.runs[columns].tolist()]
    times = np.unique(np.concatenate([samples.times_ms[span] for span in spans]))
    values = np.zeros((len(times), len(columns)))
    present = np.zeros(values.shape, np.bool_)
    for column, span in enumerate(spans):
        rows = np.searchsorted(times, samples.times_ms[span])
        values[rows, column] = samples.values[span]
        present[rows, column] = True
    keys = tuple(group.series[column] for column in columns)
    return Frame(group.resource, keys, times, values, None if present.all() else present)
