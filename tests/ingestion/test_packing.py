import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.errors import TooLarge
from inframind.frames import HOUR_MS, decode
from inframind.ingestion.limits import PLACES_LIMIT
from inframind.ingestion.naming import name_of
from inframind.ingestion.packing import FILL, SLACK, packed
from inframind.ingestion.plans import SERIES_PER_FRAME
from inframind.ingestion.samples import Collector, Samples
from inframind.ingestion.series_cache import SeriesCache
from tests.ingestion.bodies import NOW_MS, bits, kept

Point = tuple[str, str, int, float]
points = st.lists(
    st.tuples(st.sampled_from(["db-1", "db-2"]), st.sampled_from("abc"), st.integers(0, 6), st.floats(width=16)),
    max_size=40,
)


def collected(points: list[Point], cache: SeriesCache) -> Samples:
    collector = Collector()
    for resource, metric, step, value in points:
        collector.add(cache.id_of(name_of(metric, {"instance": resource})), NOW_MS + step, value)
    return collector.samples()


@given(points)
def test_every_sample_is_in_exactly_one_frame_and_the_last_of_two_at_one_time_counts(given_points: list[Point]) -> None:
    cache = SeriesCache()
    found = kept(collected(given_points, cache), cache)
    expected = {(resource, metric, NOW_MS + step): bits(value) for resource, metric, step, value in given_points}
    read = {(one.resource, one.metric, time): value for one, column in found.items() for time, value in column.items()}
    assert read == expected


@given(points, st.randoms())
def test_the_order_of_different_samples_changes_no_byte(given_points: list[Point], rng: random.Random) -> None:
    distinct = list({point[:3]: point for point in given_points}.values())
    shuffled = rng.sample(distinct, len(distinct))
    one, other = SeriesCache(), SeriesCache()
    assert packed(collected(distinct, one), one) == packed(collected(shuffled, other), other)


def test_series_of_a_resource_with_the_same_times_share_one_full_grid() -> None:
    cache = SeriesCache()
    points = [("db-1", metric, step, 1.0) for metric in "abc" for step in (0, 1)]
    (frame,) = map(decode, packed(collected(points, cache), cache))
    assert (frame.series, frame.values.shape, frame.present) == ((b"a", b"b", b"c"), (2, 3), None)


def test_each_resource_has_a_frame_of_its_own() -> None:
    cache = SeriesCache()
    frames = packed(collected([("db-2", "a", 0, 1.0), ("db-1", "a", 0, 1.0)], cache), cache)
    assert [decode(frame).resource for frame in frames] == ["db-1", "db-2"]


def test_a_request_of_n_samples_never_becomes_a_grid_of_n_times_n_cells() -> None:
    cache = SeriesCache()
    points = [("db-1", f"m{number:04}", number, 1.0) for number in range(1_000)]
    frames = list(map(decode, packed(collected(points, cache), cache)))
    assert sum(len(frame.series) for frame in frames) == 1_000
    assert all(frame.values.size <= FILL * len(frame.series) + SLACK for frame in frames)
    assert len(frames) < 20


def test_a_resource_with_many_series_is_cut_into_frames_that_are_cheap_to_read() -> None:
    cache = SeriesCache()
    points = [("db-1", f"m{number:04}", 0, 1.0) for number in range(2_000)]
    frames = list(map(decode, packed(collected(points, cache), cache)))
    assert [len(frame.series) for frame in frames] == [SERIES_PER_FRAME, 2_000 - SERIES_PER_FRAME]


@pytest.mark.parametrize("counts", [[2, 0, 1], [0, 0, 3]])
def test_a_run_without_samples_leaves_no_trace(counts: list[int]) -> None:
    cache = SeriesCache()
    series = np.array([cache.id_of(name_of(metric, {})) for metric in "abc"])
    samples = Samples(series, np.array(counts), np.arange(3) + NOW_MS, np.ones(3))
    assert sum(map(len, kept(samples, cache).values())) == 3


def test_of_two_samples_of_one_run_at_one_time_the_last_counts() -> None:
    cache = SeriesCache()
    numbers = np.array([cache.id_of(name_of("up", {"instance": "db-1"}))])
    times = np.array([NOW_MS, NOW_MS + 1, NOW_MS + 1])
    twice = Samples(numbers, np.array([3]), times, np.array([1.0, 2.0, 3.0]))
    (frame,) = map(decode, packed(twice, cache))
    assert (frame.times_ms.tolist(), frame.values.ravel().tolist()) == ([NOW_MS, NOW_MS + 1], [1.0, 3.0])


def test_no_samples_make_no_frames() -> None:
    assert packed(Collector().samples(), SeriesCache()) == []


def test_a_request_spread_over_too_many_hours_is_refused_for_nobody_could_write_it_in_time() -> None:
    cache = SeriesCache()
    hourly = [("db-1", "a", HOUR_MS * hour, 1.0) for hour in range(PLACES_LIMIT + 1)]
    with pytest.raises(TooLarge, match="10001 resources and hours"):
        packed(collected(hourly, cache), cache)
    assert packed(collected(hourly[1:], cache), cache)


def test_a_request_of_too_many_resources_is_refused_and_one_of_many_series_is_not() -> None:
    cache = SeriesCache()
    with pytest.raises(TooLarge):
        packed(collected([(f"node-{n}", "a", 0, 1.0) for n in range(PLACES_LIMIT + 1)], cache), cache)
    assert packed(collected([("node", f"a{n}", 0, 1.0) for n in range(PLACES_LIMIT + 1)], cache), cache)
