"""Frames become few blocks in which every sample stands once, under its own time."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inframind.detection.grids import blocks, merge
from inframind.frames import Frame


def frame(resource: str, times: list[int], *names: str, at: float = 0.0) -> Frame:
    values = at + np.arange(len(times) * len(names), dtype=float).reshape(len(times), len(names))
    return Frame(resource, tuple(name.encode() for name in names), np.array(times, np.int64), values)


def samples(frames: list[Frame]) -> dict[tuple[str, bytes, int], float]:
    return {
        (block.series[j][0], block.series[j][1], block.time_ms(i, j)): float(block.values[i, j])
        for block in blocks(frames)
        for i, j in np.argwhere(np.isfinite(block.values)).tolist()
    }


def test_five_hundred_targets_scraped_at_their_own_milliseconds_are_one_block() -> None:
    fleet = [frame(f"web-{i}", [i, 15_000 + i], "cpu", "memory") for i in range(500)]
    (block,) = blocks(fleet)
    assert block.values.shape == (2, 1000)
    assert (block.time_ms(1, 998), block.series[998]) == (15_499, ("web-499", b"cpu"))


def test_targets_scraped_together_share_their_times() -> None:
    (block,) = blocks([frame("a", [1, 2], "cpu"), frame("b", [1, 2], "cpu", "io")])
    assert block.times_ms.tolist() == [1, 2]
    assert block.values.tolist() == [[0.0, 0.0, 1.0], [1.0, 2.0, 3.0]]


def test_a_backfill_of_a_thousand_rows_does_not_stretch_the_others() -> None:
    shapes = {b.values.shape for b in blocks([frame("old", list(range(1000)), "cpu"), frame("new", [5], "cpu")])}
    assert shapes == {(1000, 1), (1, 1)}


def test_a_late_frame_takes_its_place_in_time_and_the_last_write_wins() -> None:
    grid = merge([frame("a", [20, 40], "cpu"), frame("a", [10, 20], "io", "cpu", at=100.0)])
    assert grid.times_ms.tolist() == [10, 20, 40]
    np.testing.assert_array_equal(grid.values, [[101.0, 100.0], [103.0, 102.0], [1.0, np.nan]])


def test_an_absent_cell_never_hides_a_present_one() -> None:
    later = Frame("a", (b"cpu",), np.array([20]), np.array([[7.0]]), np.array([[False]]))
    assert merge([frame("a", [20], "cpu", at=3.0), later]).values.tolist() == [[3.0]]


def test_many_series_each_at_its_own_time_make_no_grid_of_holes() -> None:
    lonely = [frame("unknown", [i], f"m{i}") for i in range(300)] + [
        frame("unknown", [900 + i], "m0") for i in range(9)
    ]
    assert sum(block.values.size for block in blocks(lonely)) < 4_096
    assert len(samples(lonely)) == 309


@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.lists(st.integers(0, 9), min_size=1, max_size=4, unique=True).map(sorted),
            st.lists(st.sampled_from("xyz"), min_size=1, max_size=3, unique=True),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_no_sample_is_lost_and_none_invented(parts: list[tuple[str, list[int], list[str]]]) -> None:
    frames = [frame(who, times, *names, at=100.0 * i) for i, (who, times, names) in enumerate(parts)]
    wanted = {
        (one.resource, name, int(time)): float(one.values[i, j])
        for one in frames
        for i, time in enumerate(one.times_ms)
        for j, name in enumerate(one.series)
    }
    assert samples(frames) == wanted
