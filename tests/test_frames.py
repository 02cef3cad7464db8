"""Frames come back bit for bit, and nothing else is ever taken for one."""

import struct
import zlib
from typing import Any

import cramjam
import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from inframind import frames
from inframind.errors import TooLarge
from inframind.frame_blocks import GRID, MAX_CELLS, NAMES, Grid, pack_grid, pack_names
from inframind.frames import Frame, FrameUnreadable

STALE = 0x7FF0000000000002
labels = st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=9), max_size=3)
names = st.lists(
    labels.map(lambda parts: "\0".join(("metric", *parts, *parts)).encode()), min_size=1, max_size=6, unique=True
)
bits = st.one_of(
    st.integers(0, 2**64 - 1),
    st.sampled_from([0, 1 << 63, STALE, 0x7FF8000000000001, 0xFFF0000000000000]),
    st.floats().map(lambda value: struct.unpack("<Q", struct.pack("<d", value))[0]),
)


@st.composite
def some_frames(draw: st.DrawFn) -> Frame:
    """Any frame: any bits, any rising times, with or without holes."""
    series = draw(names)
    times = sorted(draw(st.sets(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=8)))
    cells = len(series) * len(times)
    values = np.array(draw(st.lists(bits, min_size=cells, max_size=cells)), np.uint64).view(np.float64)
    mask = draw(st.none() | st.lists(st.booleans(), min_size=cells, max_size=cells))
    shape = (len(times), len(series))
    present = None if mask is None else np.array(mask, np.bool_).reshape(shape)
    resource = draw(st.text(st.characters(codec="utf-8"), max_size=40))
    return Frame(resource, tuple(series), np.array(times, np.int64), values.reshape(shape), present)


def a_frame(rows: int = 20, columns: int = 5, seed: int = 1) -> Frame:
    """Noise, so that nothing compresses."""
    rng = np.random.default_rng(seed)
    series = tuple(f"metric_{i}\0cpu\0{i}".encode() for i in range(columns))
    return Frame("db-1", series, np.arange(rows, dtype=np.int64) * 15_000, rng.normal(size=(rows, columns)))


def cells(frame: Frame) -> dict[tuple[bytes, int], int]:
    """Every sample that is there: (series, time) -> bits."""
    there = np.ones(frame.values.shape, np.bool_) if frame.present is None else frame.present
    values = np.ascontiguousarray(frame.values).view(np.uint64)
    at = zip(*np.nonzero(there), strict=True)
    return {(frame.series[j], int(frame.times_ms[i])): int(values[i, j]) for i, j in at}


def sealed(rest: bytes) -> bytes:
    """`rest` with a checksum that holds, as someone hostile would send it."""
    return frames.MAGIC + struct.pack("<I", zlib.crc32(rest)) + rest


def hostile(labels: bytes, grid: bytes) -> bytes:
    return sealed(struct.pack("<HI", 4, len(labels)) + b"db-1" + labels + grid)


@given(some_frames())
def test_every_bit_of_every_sample_comes_back(frame: Frame) -> None:
    back = frames.decode(frames.encode(frame))
    assert (back.resource, back.series) == (frame.resource, frame.series)
    assert back.times_ms.tolist() == frame.times_ms.tolist()
    assert cells(back) == cells(frame)


@given(some_frames(), st.integers(0, 2**64 - 1))
def test_what_stands_in_absent_cells_changes_no_byte(frame: Frame, junk: int) -> None:
    absent = np.zeros(frame.values.shape, np.bool_) if frame.present is None else ~frame.present
    dirty = frame.values.copy()
    dirty.view(np.uint64)[absent] = junk
    other = Frame(frame.resource, frame.series, frame.times_ms, dirty, ~absent)
    assert frames.encode(other) == frames.encode(frame)


@given(some_frames(), st.data())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_one_flipped_bit_or_a_missing_end_is_noticed(frame: Frame, data: st.DataObject) -> None:
    packed = bytearray(frames.encode(frame))
    cut = data.draw(st.integers(0, len(packed) - 1))
    with pytest.raises(FrameUnreadable):
        frames.decode(bytes(packed[:cut]))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(FrameUnreadable):
        frames.decode(bytes(packed))


@given(st.binary(max_size=200), st.booleans())
@example(frames.MAGIC, False)
def test_any_bytes_are_a_frame_or_unreadable(data: bytes, with_checksum: bool) -> None:
    try:
        frames.decode(sealed(data) if with_checksum else data)
    except FrameUnreadable:
        return


@given(st.data())
@settings(max_examples=300)
def test_changed_bytes_under_a_good_checksum_are_a_frame_or_unreadable(data: st.DataObject) -> None:
    packed = bytearray(frames.encode(a_frame(4, 3))[frames.CHECKED_FROM :])
    for _ in range(data.draw(st.integers(1, 4))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    try:
        frames.decode(sealed(bytes(packed)))
    except FrameUnreadable:
        return


ONE = pack_names([b"up"])
FULL = pack_grid(Grid(np.arange(3, dtype=np.int64), np.zeros((3, 1)), None))
BOMB = bytes(cramjam.zstd.compress(bytes(50_000_000)))


@pytest.mark.parametrize(
    ("labels", "grid"),
    [
        (NAMES.pack(1, 2**32 - 1) + BOMB, FULL),
        (NAMES.pack(2**32 - 1, 8) + BOMB, FULL),
        (NAMES.pack(1, 100) + BOMB, FULL),
        (ONE, GRID.pack(0, 1, 2**32 - 1, 2**32 - 1, 0, 1) + BOMB),
        (ONE, GRID.pack(0, 1, MAX_CELLS + 1, 0, 0, 1) + BOMB),
        (ONE, GRID.pack(0, 3, 3, 1, 0, 1) + BOMB),
        (ONE, GRID.pack(2, 1, 3, 1, 0, 1) + BOMB),
        (ONE, GRID.pack(0, 1, 3, 1, 0, 1) + BOMB),
        (ONE, GRID.pack(0, 1, 3, 1, 5, 0) + bytes(cramjam.zstd.compress(bytes(1 + 24)))),
        (ONE, GRID.pack(0, 1, 3, 1, 0, 1) + bytes(cramjam.zstd.compress(bytes(24)))),
        (ONE, FULL[:-1]),
        (pack_names([b"up", b"up"]), pack_grid(Grid(np.arange(3, dtype=np.int64), np.zeros((3, 2)), None))),
        (pack_names([b"up", b"down"]), FULL),
        (pack_names([b"up\0job"]), FULL),
        (pack_names([b"up\0job\0\xff"]), FULL),
    ],
    ids=str.split(
        "names-size names-count names-bomb cells rows width mask grid-bomb falling too-little short twice number "
        "half-label no-text"
    ),
)
def test_declared_sizes_are_checked_before_anything_is_allocated(labels: bytes, grid: bytes) -> None:
    with pytest.raises(FrameUnreadable):
        frames.decode(hostile(labels, grid))


def test_names_packed_before_give_the_same_bytes() -> None:
    frame = a_frame()
    assert frames.encode(frame, frames.label_block(frame.series)) == frames.encode(frame)


def test_real_looking_scrapes_take_less_than_two_bytes_a_sample() -> None:
    rng = np.random.default_rng(3)
    counters = np.cumsum(rng.poisson(7, (20, 400)), axis=0) * (rng.random(400) < 0.4) + rng.integers(0, 2**40, 400)
    frame = Frame("db-1", a_frame(1, 400).series, 15_000 * np.arange(20, dtype=np.int64), counters.astype(np.float64))
    assert len(frames.encode(frame)) / counters.size < 2


@given(st.integers(1, 40), st.integers(1, 9), st.integers(500, 3_000))
@settings(max_examples=40, deadline=None)
def test_a_frame_that_is_too_large_is_split_and_loses_nothing(rows: int, columns: int, limit: int) -> None:
    frame = a_frame(rows, columns)
    parts = frames.encode_bounded(frame, limit=limit)
    assert all(len(part) <= limit for part in parts)
    back: dict[tuple[bytes, int], int] = {}
    for part in parts:
        back |= cells(frames.decode(part))
    assert back == cells(frame)


def test_more_cells_than_a_reader_allows_are_split_however_well_they_compress() -> None:
    wide = 3
    series = tuple(f"m{i}".encode() for i in range(wide))
    frame = Frame("db-1", series, np.arange(MAX_CELLS // 2, dtype=np.int64), np.zeros((MAX_CELLS // 2, wide)))
    parts = [frames.decode(part) for part in frames.encode_bounded(frame)]
    assert sum(part.values.size for part in parts) == frame.values.size


def test_one_sample_that_fits_nowhere_is_refused() -> None:
    name = np.random.default_rng(1).integers(1, 127, 300_000, np.uint8).tobytes()
    with pytest.raises(TooLarge):
        frames.encode_bounded(Frame("db-1", (name,), np.array([0]), np.zeros((1, 1))))


@given(some_frames())
def test_hours_cut_a_frame_without_losing_a_sample(frame: Frame) -> None:
    parts = frames.by_hour(frame)
    together: dict[tuple[bytes, int], int] = {}
    for part in parts:
        assert len(set((part.times_ms // frames.HOUR_MS).tolist())) == 1
        together |= cells(part)
    assert together == cells(frame)


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_a_bundle_gives_its_frames_back_in_order(packed: list[bytes]) -> None:
    texts = [frames.to_text(one) for one in frames.bundle(packed)]
    assert [frame for text in texts for frame in frames.unbundle(frames.from_text(text))] == packed


def test_bundles_stay_below_the_limit_of_a_message() -> None:
    packed = [bytes(60_000)] * 10
    bundles = frames.bundle(packed)
    assert len(bundles) == 4
    assert all(len(one) <= frames.BUNDLE_LIMIT and len(frames.to_text(one)) < 256 * 1024 - 2_000 for one in bundles)


def test_a_frame_larger_than_a_bundle_is_refused() -> None:
    with pytest.raises(TooLarge):
        frames.bundle([bytes(frames.BUNDLE_LIMIT)])


@pytest.mark.parametrize("text", ["???", "YQ", "é", frames.to_text(b"\x05\0\0\0abc"), frames.to_text(b"\x05\0")])
def test_a_damaged_message_is_unreadable(text: str) -> None:
    with pytest.raises(FrameUnreadable):
        frames.unbundle(frames.from_text(text))


def test_a_reader_may_write_into_what_it_decoded() -> None:
    frame: Any = frames.decode(frames.encode(a_frame()))
    frame.values[0, 0] = frame.times_ms[0] = 1
