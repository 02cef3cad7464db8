"""The two blocks inside every frame: names, and a grid of values over shared times. Bytes in, arrays out.

Values are laid out a series after the other, XORed along time (neighbours share most bits), cut into eight planes of
equal byte rank and compressed: what does not change becomes runs of zeros. Sizes are checked before they are allocated.
"""

import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import cramjam
import numpy as np
from numpy.typing import NDArray

from inframind.errors import Rejected

MAX_CELLS = 1 << 20  # 8 MB of values, the most that reading one frame may cost
MAX_NAME_BYTES = 1 << 22
LEVEL = 1  # zstd-9 is 2 % smaller on real scrapes and 10 times slower
CACHED_BLOCKS = 64  # label blocks whose names are remembered: a sender repeats its own again and again
CACHED_BLOCK_BYTES = 1 << 16
NAMES = struct.Struct("<II")  # number of names, size of the inflated part
GRID = struct.Struct("<BBIIqq")  # masked?, bytes a time step takes, times, series, first time, first step
STEPS = (np.int8, np.int16, np.int32, np.int64)

Times = NDArray[np.int64]
Values = NDArray[np.float64]
Mask = NDArray[np.bool_]
Octets = NDArray[np.uint8]


class FrameUnreadable(Rejected):
    """The bytes are not a frame, are of a version from the future, or were damaged."""


class Grid(NamedTuple):
    """Times (t,) int64, values (t, n) float64, and which of them are there (None: all)."""

    times_ms: Times
    values: Values
    present: Mask | None


def pack_names(names: Sequence[bytes]) -> bytes:
    """The names as one compressed block."""
    lengths = np.fromiter(map(len, names), np.uint32, len(names))
    raw = lengths.tobytes() + b"".join(names)
    return NAMES.pack(len(names), len(raw)) + deflate(raw)


def unpack_names(block: bytes) -> tuple[bytes, ...]:
    """What `pack_names` was given; raises `FrameUnreadable`. Small blocks are remembered.

    >>> unpack_names(pack_names([b"cpu", b"memory"]))
    (b'cpu', b'memory')
    """
    return _known_names(block) if len(block) <= CACHED_BLOCK_BYTES else _names(block)


def pack_grid(grid: Grid) -> bytes:
    """The grid as one compressed block. Equal samples give equal bytes, whatever stands in absent cells."""
    present = None if grid.present is None or grid.present.all() else grid.present
    first, step, steps = _steps(np.ascontiguousarray(grid.times_ms, np.int64))
    bits = np.ascontiguousarray(grid.values.T, np.float64).view(np.uint64)
    if present is not None:
        bits = _filled(bits, present.T)
    xored = bits.copy()
    xored[:, 1:] ^= bits[:, :-1]
    planes = np.ascontiguousarray(xored.reshape(-1, 1).view(np.uint8).T)
    mask = b"" if present is None else np.packbits(present.T).tobytes()
    head = GRID.pack(present is not None, steps.itemsize, *grid.values.shape, first, step)
    return head + deflate(b"".join((steps.tobytes(), mask, planes.tobytes())))


def unpack_grid(block: bytes) -> Grid:
    """What `pack_grid` was given, with NaN in absent cells; raises `FrameUnreadable`."""
    masked, width, rows, columns, first, step = _head(GRID, block)
    cells = rows * columns
    if masked > 1 or width not in (1, 2, 4, 8) or max(rows, cells) > MAX_CELLS:
        raise FrameUnreadable("frame damaged: impossible grid")
    later, octets = max(rows - 2, 0) * width, (cells + 7) // 8 if masked else 0
    raw = inflate(block[GRID.size :], later + octets + 8 * cells)
    times = _times(rows, first, step, raw[:later].view(f"<i{width}"))
    planes = raw[later + octets :].reshape(8, cells)
    bits = np.ascontiguousarray(planes.T).view(np.uint64).reshape(columns, rows)
    values = np.ascontiguousarray(np.bitwise_xor.accumulate(bits, axis=1).T).view(np.float64)
    if not masked:
        return Grid(times, values, None)
    unpacked = np.unpackbits(raw[later : later + octets], count=cells).reshape(columns, rows)
    present = np.ascontiguousarray(unpacked.T).astype(np.bool_)
    values[~present] = np.nan
    return Grid(times, values, present)


def deflate(raw: bytes) -> bytes:
    """`raw`, compressed."""
    return bytes(cramjam.zstd.compress(raw, level=LEVEL))


def inflate(packed: bytes, size: int) -> Octets:
    """The `size` bytes that were compressed; raises `FrameUnreadable` if they are more or fewer, allocating no more."""
    raw = bytearray(size)
    try:
        written = cramjam.zstd.decompress_into(packed, raw)
    except cramjam.DecompressionError as error:
        raise FrameUnreadable("frame damaged: a block does not inflate") from error
    if written != size:
        raise FrameUnreadable("frame damaged: a block has the wrong size")
    return np.frombuffer(raw, np.uint8)


@lru_cache(CACHED_BLOCKS)
def _known_names(block: bytes) -> tuple[bytes, ...]:
    return _names(block)


def _names(block: bytes) -> tuple[bytes, ...]:
    count, size = _head(NAMES, block)
    if size > MAX_NAME_BYTES or 4 * count > size:
        raise FrameUnreadable("frame damaged: impossible names")
    raw = inflate(block[NAMES.size :], size)
    ends = np.cumsum(raw[: 4 * count].view("<u4"), dtype=np.int64).tolist()
    text = raw[4 * count :].tobytes()
    if (ends[-1] if ends else 0) != len(text):
        raise FrameUnreadable("frame damaged: names do not fill their block")
    names = tuple(text[start:end] for start, end in zip([0, *ends], ends, strict=False))
    if len(set(names)) != count:
        raise FrameUnreadable("frame damaged: a series stands in it twice")
    for name in names:
        _check(name)
    return names


def _check(name: bytes) -> None:
    """Whoever takes a frame may take its names for what they are: metric, then pairs of label and value, in UTF-8."""
    try:
        parts = name.decode().count("\0")
    except UnicodeDecodeError as error:
        raise FrameUnreadable("frame damaged: a name is not text") from error
    if parts % 2:
        raise FrameUnreadable("frame damaged: a name has a label without value")


def _steps(times: Times) -> tuple[int, int, NDArray[np.signedinteger]]:
    """First time, first step, and how each later step differs from the one before, as narrow as they fit."""
    steps = np.diff(times)
    changes = np.diff(steps)
    low, high = (int(changes.min()), int(changes.max())) if changes.size else (0, 0)
    kind = next(kind for kind in STEPS if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max)
    return int(times[0]) if times.size else 0, int(steps[0]) if steps.size else 0, changes.astype(kind)


def _times(rows: int, first: int, step: int, changes: NDArray[np.signedinteger]) -> Times:
    times = np.empty(rows, np.int64)
    times[:1] = first
    if rows > 1:
        steps = np.concatenate((np.array([step], np.int64), changes))
        times[1:] = np.cumsum(np.cumsum(steps)) + np.int64(first)
    if (times[1:] <= times[:-1]).any():
        raise FrameUnreadable("frame damaged: times do not rise")
    return times


def _filled(bits: NDArray[np.uint64], present: Mask) -> NDArray[np.uint64]:
    """Absent cells repeat the last present one of their series, so that they cost nothing; zero before the first."""
    latest = np.maximum.accumulate(np.where(present, np.arange(bits.shape[1]), 0), axis=1)
    return np.take_along_axis(np.where(present, bits, 0), latest, axis=1)


def _head(layout: struct.Struct, block: bytes) -> tuple[int, ...]:
    if len(block) < layout.size:
        raise FrameUnreadable("frame damaged: a block is too short")
    return layout.unpack_from(block)
