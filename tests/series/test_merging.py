"""Merging keeps every sample, lets the later write win, and never makes a grid of holes."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inframind.frames import HOUR_MS, Frame
from inframind.series.merging import SMALL, SPARSE, merge, union
from tests.series.builders import NOON_MS, a_frame, cells, some_frames


@given(some_frames)
def test_every_sample_is_kept_and_the_later_write_wins(frames: list[Frame]) -> None:
    assert cells(merge(frames)) == cells(frames)
    assert cells([union(frames)]) == cells(frames)


@given(some_frames)
def test_merged_frames_rise_in_time_and_stay_within_an_hour(frames: list[Frame]) -> None:
    hours = [set((frame.times_ms // HOUR_MS).tolist()) for frame in merge(frames)]
    assert all(len(hour) == 1 for hour in hours)
    assert [min(hour) for hour in hours] == sorted(min(hour) for hour in hours)


@given(some_frames, st.randoms(use_true_random=False))
def test_frames_without_conflict_merge_to_the_same_whatever_their_order(frames: list[Frame], random: object) -> None:
    whole = union(frames)
    rows = [whole.rows(place, place + 1) for place in range(len(whole.times_ms))]
    random.shuffle(rows)  # type: ignore[attr-defined]
    again = union(rows)
    assert (again.series, again.times_ms.tolist()) == (whole.series, whole.times_ms.tolist())
    assert cells([again]) == cells([whole])


def test_scrapes_of_a_minute_become_one_full_frame() -> None:
    scrapes = [a_frame({15 * number: {b"a": 1.0, b"b": float(number)}}) for number in range(4)]
    [merged] = merge(scrapes)
    assert (merged.values.shape, merged.present) == ((4, 2), None)


def test_many_series_each_at_times_of_its_own_do_not_become_a_grid_of_holes() -> None:
    frames = [
        Frame("db-1", (f"m{n}".encode(),), NOON_MS + n + 1_000 * np.arange(10, dtype=np.int64), np.ones((10, 1)))
        for n in range(200)
    ]
    merged = merge(frames)
    assert cells(merged) == cells(frames)
    assert sum(frame.values.size for frame in merged) <= max(SPARSE * 2_000, SMALL)


def test_rows_and_series_that_hold_nothing_are_left_out() -> None:
    present = np.array([[True, False], [False, False]])
    frame = Frame("db-1", (b"a", b"b"), np.array([NOON_MS, NOON_MS + 1]), np.ones((2, 2)), present)
    [merged] = merge([frame])
    assert (merged.series, merged.values.tolist(), merged.present) == ((b"a",), [[1.0]], None)


def test_a_frame_that_holds_nothing_merges_to_nothing() -> None:
    absent = np.zeros((1, 1), np.bool_)
    assert merge([Frame("db-1", (b"a",), np.array([NOON_MS]), np.ones((1, 1)), absent)]) == []
    assert merge([Frame("db-1", (), np.array([NOON_MS]), np.empty((1, 0)))]) == []
