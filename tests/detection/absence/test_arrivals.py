"""What is known of when series arrive."""

import numpy as np

from inframind.detection.absence.arrivals import Arrivals
from inframind.detection.grids import Block
from inframind.identity import SeriesId
from tests.detection.frames import MINUTE, NOON

CPU = ("web-1", SeriesId("web-1", "cpu").to_bytes())
STALE = np.array([0x7FF0000000000002], np.uint64).view(np.float64)[0]
ROW = np.array([0])


def block(values: list[float], start: int = 0, step: int = MINUTE) -> Block:
    times = NOON + (start + np.arange(len(values))) * step
    return Block((CPU,), times, np.array(values, np.float64)[:, None])


def noted(*blocks: Block) -> Arrivals:
    arrivals = Arrivals()
    arrivals.grow(1)
    for one in blocks:
        arrivals.note(ROW, one)
    return arrivals


def test_pace_and_newest_are_learnt_however_samples_are_split() -> None:
    whole, split = noted(block([1.0] * 20)), noted(*[block([1.0], minute) for minute in range(20)])
    for one in (whole, split):
        assert one.last_ms.tolist() == [NOON + 19 * MINUTE]
        assert one.pace_ms.tolist() == [MINUTE]
        assert one.samples.tolist() == [19]


def test_a_long_gap_teaches_little() -> None:
    arrivals = noted(block([1.0] * 100), block([1.0], 1000))
    assert arrivals.pace_ms[0] < 1.1 * MINUTE


def test_a_changed_pace_is_learnt() -> None:
    arrivals = noted(block([1.0] * 100), *[block([1.0], 100 + minute, 2 * MINUTE) for minute in range(400)])
    assert abs(arrivals.pace_ms[0] / (2 * MINUTE) - 1) < 0.05


def test_a_staleness_marker_ends_a_series_until_it_is_back() -> None:
    assert noted(block([1.0, 2.0, STALE])).ended.tolist() == [1]
    assert noted(block([1.0, STALE, 2.0])).ended.tolist() == [0]
    assert noted(block([1.0, STALE]), block([3.0], 5)).ended.tolist() == [0]
    assert noted(block([1.0, 2.0, np.nan])).ended.tolist() == [0]


def test_a_late_sample_brings_nobody_back() -> None:
    arrivals = noted(block([1.0], 10))
    arrivals.missed[0] = 1
    assert arrivals.note(ROW, block([1.0], 3)).tolist() == []
    assert arrivals.note(ROW, block([1.0], 30)).tolist() == [0]
    assert arrivals.missed.tolist() == [0]


def test_they_survive_their_bytes_and_an_older_bank_has_none() -> None:
    arrivals = noted(block([1.0] * 5 + [STALE]))
    again = Arrivals.read(arrivals.write(), 3)
    assert again.write() != arrivals.write()
    assert (again.names, again.last_ms[0], again.ended.tolist()) == (
        [b"web-1\0\0cpu", b"", b""],
        arrivals.last_ms[0],
        [1, 0, 0],
    )
    assert Arrivals.read(arrivals.write(), 1).write() == arrivals.write()


def test_the_rows_of_those_who_left_are_dropped() -> None:
    arrivals = noted(block([1.0]))
    arrivals.grow(3)
    arrivals.keep(np.array([False, True, True]))
    assert (len(arrivals), arrivals.names) == (2, [b"", b""])
