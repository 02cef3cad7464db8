"""Frames for the tests of the series room."""

import numpy as np
from hypothesis import strategies as st

from inframind.frames import Frame

NOON_MS = 1_768_132_800_000  # 2026-01-11T12:00:00Z
STALE = float(np.uint64(0x7FF0000000000002).view(np.float64))


def a_frame(rows: dict[int, dict[bytes, float]], resource: str = "db-1") -> Frame:
    """A frame of rows: seconds after noon -> series -> value; what a row does not name is absent."""
    series = tuple(sorted({name for row in rows.values() for name in row}))
    values = np.array([[rows[at].get(name, 0.0) for name in series] for at in sorted(rows)])
    present = np.array([[name in rows[at] for name in series] for at in sorted(rows)])
    times = np.array([NOON_MS + 1_000 * at for at in sorted(rows)], np.int64)
    return Frame(resource, series, times, values, present)


def cells(frames: list[Frame]) -> dict[tuple[bytes, int], int]:
    """Every sample: (series, time) -> bits; a later frame wins."""
    found: dict[tuple[bytes, int], int] = {}
    for frame in frames:
        bits = np.ascontiguousarray(frame.values).view(np.uint64)
        there = np.ones(bits.shape, np.bool_) if frame.present is None else frame.present
        at = zip(*np.nonzero(there), strict=True)
        found |= {(frame.series[j], int(frame.times_ms[i])): int(bits[i, j]) for i, j in at}
    return found


rows = st.dictionaries(
    st.integers(0, 8_000),
    st.dictionaries(st.sampled_from([b"a", b"b", b"c\0x\x001", b"d"]), st.floats(), min_size=1),
    min_size=1,
    max_size=5,
)
some_frames = st.lists(rows.map(a_frame), min_size=1, max_size=6)
