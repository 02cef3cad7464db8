"""Samples as columns: once each, stale or not, aggregated by steps that hours do not disturb."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.frames import Frame
from inframind.series.merging import merge
from inframind.series.samples import Aggregation, Samples, samples, steps, together, without_stale
from tests.series.builders import NOON_MS, STALE, a_frame, cells, some_frames

NUMBERS = {b"a": 0, b"b": 1, b"c\0x\x001": 2, b"d": -1}


@given(some_frames)
def test_each_sample_of_the_wanted_series_comes_once_as_last_written(frames: list[Frame]) -> None:
    found = samples(frames, NUMBERS.__getitem__)
    expected = {(NUMBERS[name], at): bits for (name, at), bits in cells(frames).items() if NUMBERS[name] >= 0}
    keys = list(zip(found.series.tolist(), found.times_ms.tolist(), strict=True))
    assert keys == sorted(expected)
    assert dict(zip(keys, found.bits.tolist(), strict=True)) == expected


def test_staleness_markers_go_and_every_other_nan_stays() -> None:
    frame = a_frame({0: {b"a": STALE}, 1: {b"a": float("nan")}, 2: {b"a": 1.0}})
    kept = without_stale(samples([frame], NUMBERS.__getitem__))
    assert kept.times_ms.tolist() == [NOON_MS + 1_000, NOON_MS + 2_000]


@pytest.mark.parametrize(
    ("how", "values"),
    [
        ("avg", [2.0, 7.0]),
        ("min", [1.0, 7.0]),
        ("max", [3.0, 7.0]),
        ("sum", [4.0, 7.0]),
        ("count", [2.0, 1.0]),
        ("last", [1.0, 7.0]),
    ],
)
def test_an_aggregation_is_what_its_name_says(how: str, values: list[float]) -> None:
    found = samples([a_frame({0: {b"a": 3.0}, 59: {b"a": 1.0}, 60: {b"a": 7.0}})], NUMBERS.__getitem__)
    aggregated = steps(found, 60_000).aggregated(Aggregation(how))
    assert aggregated.times_ms.tolist() == [NOON_MS, NOON_MS + 60_000]
    assert aggregated.values.tolist() == values


def test_minimum_and_maximum_pass_over_nan_and_an_average_does_not() -> None:
    found = samples([a_frame({0: {b"a": float("nan")}, 1: {b"a": 5.0}})], NUMBERS.__getitem__)
    made = steps(found, 60_000)
    assert made.aggregated(Aggregation.MIN).values.tolist() == made.aggregated(Aggregation.MAX).values.tolist() == [5.0]
    assert np.isnan(made.aggregated(Aggregation.AVG).values).all()


@given(some_frames, st.integers(1, 10_000), st.sampled_from(list(Aggregation)))
def test_hours_aggregated_one_by_one_give_the_same_steps(frames: list[Frame], seconds: int, how: Aggregation) -> None:
    def whole(part: list[Frame]) -> Samples:
        found = samples(part, NUMBERS.__getitem__)
        small = np.where(np.isfinite(found.values), np.clip(found.values, -1e6, 1e6).round(), 1.0)  # sums stay exact
        return Samples(found.series, found.times_ms, small.view(np.uint64))

    at_once = steps(whole(frames), 1_000 * seconds).aggregated(how)
    parts = together([steps(whole([part]), 1_000 * seconds) for part in merge(frames)]).aggregated(how)
    assert parts.times_ms.tolist() == at_once.times_ms.tolist()
    assert parts.series.tolist() == at_once.series.tolist()
    assert parts.values.tolist() == pytest.approx(at_once.values.tolist())
