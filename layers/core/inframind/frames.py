"""Frames: many series of one resource over a few timestamps, packed into bytes without loss.

Layout: magic and version `IMF1`, CRC-32 of the rest; the rest is the sizes of resource and label block, the resource's
name, the label block, the grid.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.errors import TooLarge
from inframind.frame_blocks import MAX_CELLS, MAX_NAME_BYTES, Grid, pack_grid, pack_names, unpack_grid, unpack_names
from inframind.frame_blocks import FrameUnreadable as FrameUnreadable
from inframind.frame_bundles import BUNDLE_LIMIT as BUNDLE_LIMIT
from inframind.frame_bundles import FRAME_LIMIT
from inframind.frame_bundles import bundle as bundle
from inframind.frame_bundles import from_text as from_text
from inframind.frame_bundles import to_text as to_text
from inframind.frame_bundles import unbundle as unbundle

MAGIC = b"IMF1"
HEAD = struct.Struct("<4sIHI")  # magic, checksum of what follows it, sizes of the resource's name and the label block
CHECKED_FROM = 8
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Samples of one resource as a grid.

    `series` are `SeriesId.to_bytes` names inside the resource, `times_ms` is (t,) int64, strictly increasing,
    `values` is (t, n) float64 in which every bit pattern counts, `present` is (t, n) bool, or None for a full grid.
    """

    resource: str
    series: tuple[bytes, ...]
    times_ms: NDArray[np.int64]
    values: NDArray[np.float64]
    present: NDArray[np.bool_] | None = None

    def rows(self, start: int, stop: int) -> "Frame":
        """The same series over a range of rows; the arrays are views."""
        present = None if self.present is None else self.present[start:stop]
        return Frame(self.resource, self.series, self.times_ms[start:stop], self.values[start:stop], present)

    def columns(self, start: int, stop: int) -> "Frame":
        """A range of the series over the same times; the arrays are views."""
        present = None if self.present is None else self.present[:, start:stop]
        return Frame(self.resource, self.series[start:stop], self.times_ms, self.values[:, start:stop], present)


def label_block(series: Sequence[bytes]) -> bytes:
    """The names of a frame's series, compressed: what `encode` takes as `labels`, for callers who send them again."""
    return pack_names(series)


def encode(frame: Frame, labels: bytes | None = None) -> bytes:
    """The frame as bytes; equal samples give equal bytes.

    >>> tiny = Frame("db-1", (b"up",), np.array([0, 15_000]), np.array([[1.0], [-0.0]]))
    >>> decode(encode(tiny)).values.tolist()
    [[1.0], [-0.0]]
    """
    name = frame.resource.encode()
    block = pack_names(frame.series) if labels is None else labels
    head = HEAD.pack(MAGIC, 0, len(name), len(block))
    rest = b"".join((head[CHECKED_FROM:], name, block, pack_grid(Grid(frame.times_ms, frame.values, frame.present))))
    return MAGIC + struct.pack("<I", zlib.crc32(rest)) + rest


def decode(data: bytes) -> Frame:
    """What `encode` was given, with NaN in absent cells. Raises `FrameUnreadable`, and nothing else, on other bytes."""
    if len(data) < HEAD.size:
        raise FrameUnreadable("not a frame: too short")
    magic, checksum, name_size, block_size = HEAD.unpack_from(data)
    if magic != MAGIC:
        raise FrameUnreadable("not a frame, or one of a later version: unknown first bytes")
    if zlib.crc32(memoryview(data)[CHECKED_FROM:]) != checksum:
        raise FrameUnreadable("frame damaged: checksum differs")
    labels = HEAD.size + name_size
    grid = labels + block_size
    try:
        resource = data[HEAD.size : labels].decode()
    except UnicodeDecodeError as error:
        raise FrameUnreadable("frame damaged: the resource's name is not text") from error
    series, samples = unpack_names(data[labels:grid]), unpack_grid(data[grid:])
    if samples.values.shape[1] != len(series):
        raise FrameUnreadable("frame damaged: names and values differ in number")
    return Frame(resource, series, *samples)


def encode_bounded(frame: Frame, labels: bytes | None = None, limit: int = FRAME_LIMIT) -> list[bytes]:
    """The frame as one or more encoded frames, each at most `limit` bytes; raises `TooLarge` if one sample is too much.

    A frame that is too large is halved by series, and one of a single series by time.
    """
    if is_readable(frame):
        data = encode(frame, labels)
        if len(data) <= limit:
            return [data]
    return [data for half in halves(frame) for data in encode_bounded(half, None, limit)]


def is_readable(frame: Frame) -> bool:
    """Whether `decode` will take the frame back: its cells and names stay below what a reader allows itself."""
    rows, columns = len(frame.times_ms), len(frame.series)
    return max(rows, rows * columns) <= MAX_CELLS and sum(map(len, frame.series), 4 * columns) <= MAX_NAME_BYTES


def halves(frame: Frame) -> tuple[Frame, Frame]:
    """The frame cut in two by series, or by time when it has one series; raises `TooLarge` for a single sample."""
    rows, columns = frame.values.shape
    if columns > 1:
        return frame.columns(0, columns // 2), frame.columns(columns // 2, columns)
    if rows > 1:
        return frame.rows(0, rows // 2), frame.rows(rows // 2, rows)
    raise TooLarge(f"One sample of resource {frame.resource[:100]!r} is larger than a frame may be.")


def by_hour(frame: Frame) -> list[Frame]:
    """The frame cut where a UTC hour begins; one that lies within an hour is returned as it is.

    >>> late = Frame("db-1", (b"up",), np.array([3_599_000, 3_600_000]), np.ones((2, 1)))
    >>> [part.times_ms.tolist() for part in by_hour(late)]
    [[3599000], [3600000]]
    """
    hours = frame.times_ms // HOUR_MS
    cuts = (np.flatnonzero(np.diff(hours)) + 1).tolist()
    if not cuts:
        return [frame]
    return [frame.rows(start, stop) for start, stop in zip([0, *cuts], [*cuts, len(hours)], strict=True)]
