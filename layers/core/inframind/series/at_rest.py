"""Frames at rest: the grid of a frame, with the series' ordinals in the resource's dictionary in place of their names.

Layout: magic and version `IMR1`, CRC-32 of the rest; the rest is the size of the ordinals, the ordinals, the grid.
Ordinals are sorted, so that equal samples give equal bytes, and stored as steps, which are mostly one.
"""

import struct
import zlib
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inframind.frame_blocks import FrameUnreadable, Grid, deflate, inflate, pack_grid, unpack_grid
from inframind.frames import Frame

MAGIC = b"IMR1"
HEAD = struct.Struct("<4sII")  # magic, checksum of what follows it, size of the ordinals
CHECKED_FROM = 8

Ordinals = NDArray[np.int64]


class OrdinalGrid(NamedTuple):
    """A frame at rest, unpacked: (n,) ordinals and the grid over them."""

    ordinals: Ordinals
    grid: Grid


def encode_at_rest(frame: Frame, ordinals: Ordinals) -> bytes:
    """The frame's samples under the ordinals of its series, `ordinals[i]` being that of `frame.series[i]`."""
    order = np.argsort(ordinals)
    steps = np.diff(ordinals[order], prepend=0).astype("<u4")
    packed = deflate(np.ascontiguousarray(steps.reshape(-1, 1).view(np.uint8).T).tobytes())
    present = None if frame.present is None else frame.present[:, order]
    grid = pack_grid(Grid(frame.times_ms, frame.values[:, order], present))
    rest = struct.pack("<I", len(packed)) + packed + grid
    return MAGIC + struct.pack("<I", zlib.crc32(rest)) + rest


def decode_at_rest(data: bytes) -> OrdinalGrid:
    """What `encode_at_rest` was given, in the order of the ordinals; raises `FrameUnreadable`.

    >>> frame = Frame("db-1", (b"up", b"cpu"), np.array([0]), np.array([[1.0, 0.5]]))
    >>> rested = decode_at_rest(encode_at_rest(frame, np.array([7, 2])))
    >>> rested.ordinals.tolist(), rested.grid.values.tolist()
    ([2, 7], [[0.5, 1.0]])
    """
    if len(data) < HEAD.size or data[:4] != MAGIC:
        raise FrameUnreadable("not a frame at rest, or one of a later version")
    _, checksum, size = HEAD.unpack_from(data)
    if zlib.crc32(memoryview(data)[CHECKED_FROM:]) != checksum:
        raise FrameUnreadable("frame damaged: checksum differs")
    grid = unpack_grid(data[HEAD.size + size :])
    columns = grid.values.shape[1]
    planes = inflate(data[HEAD.size : HEAD.size + size], 4 * columns).reshape(4, columns)
    steps = np.ascontiguousarray(planes.T).view("<u4").reshape(columns)
    return OrdinalGrid(np.cumsum(steps, dtype=np.int64), grid)
