"""Builders of request bodies, and readers of what became of them."""

from collections.abc import Sequence
from typing import Any

import cramjam
import numpy as np

from inframind.frames import decode
from inframind.identity import SeriesId
from inframind.ingestion.packing import packed
from inframind.ingestion.remote_write_schema import request_class
from inframind.ingestion.samples import Samples
from inframind.ingestion.series_cache import SeriesCache

NOW_MS = 1_768_127_400_000  # 2026-01-11T10:30:00Z
HORIZON_MS = NOW_MS + 600_000

Labels = dict[str, str]
Points = Sequence[tuple[int, float]]
Stored = dict[SeriesId, dict[int, int]]
"""Series -> time -> the value's bits."""


def write_request(*series: tuple[Labels, Points]) -> Any:
    """A 1.0 WriteRequest message; labels in the order given."""
    request = request_class(1)()
    for labels, points in series:
        one = request.timeseries.add()
        for name, value in labels.items():
            one.labels.add(name=name.encode(), value=value.encode())
        for time_ms, number in points:
            one.samples.add(value=number, timestamp=time_ms)
    return request


def wire(*series: tuple[Labels, Points]) -> bytes:
    """A 1.0 request in its wire form."""
    return bytes(write_request(*series).SerializeToString())


def snappy(data: bytes) -> bytes:
    """A snappy block."""
    return bytes(cramjam.snappy.compress_raw(data))


def bits(value: float) -> int:
    """A float's bit pattern."""
    return int(np.float64(value).view(np.uint64))


def from_bits(pattern: int) -> float:
    """The float of a bit pattern."""
    return float(np.uint64(pattern).view(np.float64))


def stored(frames: Sequence[bytes]) -> Stored:
    """What a reader finds in encoded frames; a sample that stands in two of them fails."""
    found: Stored = {}
    for frame in map(decode, frames):
        present = np.ones(frame.values.shape, bool) if frame.present is None else frame.present
        for row, column in zip(*np.nonzero(present), strict=True):
            series = found.setdefault(SeriesId.from_bytes(frame.resource, frame.series[column]), {})
            time_ms = int(frame.times_ms[row])
            assert time_ms not in series
            series[time_ms] = bits(frame.values[row, column])
    return found


def kept(samples: Samples, cache: SeriesCache) -> Stored:
    """What a reader finds after the samples were packed."""
    return stored(packed(samples, cache))
