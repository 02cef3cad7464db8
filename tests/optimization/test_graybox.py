"""Laws of the gray box: what it forecasts is finite, honest about noise, and does not depend on the order of builds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inframind.optimization.graybox import GrayBox
from inframind.optimization.learning import learn
from inframind.optimization.requests import Floats, Forecast, Observed, design
from tests.optimization.pipelines import LADDER, PLAIN, measured, past, peaks, seconds

GRID = design(LADDER)
BLANK = GrayBox()
few = settings(max_examples=12, deadline=None)


ODD = np.array([[1.0, 5e-324, 5e-324, 0.0], [1024.0, 1024.0, 65_536.0, 65_536.0]])


def forecast(own: Observed, model: GrayBox = BLANK) -> Forecast:
    return model.fitted(own, {"tool": "cmake"})(GRID)


def joined(*parts: Observed) -> Observed:
    fields = (
        np.concatenate(column) for column in zip(*((p.x, p.duration_s, p.memory_gb, p.oom) for p in parts), strict=True)
    )
    return Observed(*fields)


def same(one: Forecast, other: Forecast) -> None:
    for name in ("log_duration", "duration_sd", "log_memory", "memory_sd", "oom"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-6, atol=1e-9)


@st.composite
def any_builds(draw: st.DrawFn) -> Observed:
    n = draw(st.integers(0, 12))
    x = [
        [
            draw(st.integers(1, 1024)),
            draw(st.floats(0, 1024, exclude_min=True)),
            draw(st.floats(0, 65_536, exclude_min=True)),
            draw(st.floats(0, 65_536)),
        ]
        for _ in range(n)
    ]
    figures = st.floats(1e-6, 1e12) | st.just(float("nan"))
    took, peak = (np.array([draw(figures) for _ in range(n)], dtype=np.float64) for _ in range(2))
    oom = np.array([draw(st.booleans()) for _ in range(n)], dtype=bool)
    return Observed(np.array(x, dtype=np.float64).reshape(-1, 4), np.where(oom, np.nan, took), peak, oom)


@few
@given(any_builds())
def test_whatever_was_measured_forecasts_are_numbers(own: Observed) -> None:
    found = BLANK.fitted(own, {})(np.concatenate([GRID, ODD]))

    for values in (found.log_duration, found.duration_sd, found.log_memory, found.memory_sd, found.oom):
        assert np.isfinite(values).all()
    assert (found.duration_sd > 0).all()
    assert ((found.oom >= 0) & (found.oom <= 1)).all()


@few
@given(st.permutations(range(12)))
def test_the_order_of_builds_does_not_matter(order: list[int]) -> None:
    own = measured(GRID, np.random.default_rng(1))

    same(forecast(own), forecast(own.rows(np.array(order))))


def test_a_build_told_twice_says_nothing_new_of_where_the_best_lies() -> None:
    own = measured(GRID, np.random.default_rng(2))
    once, twice = forecast(own), forecast(joined(own, own))

    np.testing.assert_allclose(once.log_duration, twice.log_duration, atol=0.05)
    assert np.argmin(once.log_duration) == np.argmin(twice.log_duration)


def test_noisier_builds_leave_wider_intervals() -> None:
    x = np.repeat(GRID, 2, axis=0)
    quiet, loud = (forecast(measured(x, np.random.default_rng(3), noise)) for noise in (0.02, 0.25))

    def width(found: Forecast) -> Floats:
        return np.hypot(found.duration_sd, found.noise_sd)

    assert (width(loud) > 1.5 * width(quiet)).all()


def test_a_dozen_builds_tell_the_law() -> None:
    found = forecast(measured(GRID, np.random.default_rng(4)))

    np.testing.assert_allclose(np.exp(found.log_duration), seconds(GRID), rtol=0.15)
    np.testing.assert_allclose(np.exp(found.log_memory), peaks(GRID), rtol=0.15)


def test_one_build_in_a_thousandth_of_the_time_is_not_believed() -> None:
    own = measured(np.repeat(GRID, 2, axis=0), np.random.default_rng(5))
    lucky = own.duration_s.copy()
    lucky[0] /= 1000
    found = forecast(Observed(own.x, lucky, own.memory_gb, own.oom))

    assert np.argmin(found.log_duration) == np.argmin(forecast(own).log_duration)
    assert np.exp(found.log_duration[0]) > seconds(GRID)[0] / 4


def test_lack_of_memory_is_expected_where_jobs_need_more_than_there_is() -> None:
    model = BLANK.fitted(measured(GRID, np.random.default_rng(6)), {})
    jobs, tight, roomy = (16.0, 16.0), 4.0, 32.0  # sixteen jobs need 9 GB
    oom = model(np.array([[*jobs, tight, 0.0], [*jobs, roomy, 0.0]])).oom

    assert oom[0] > 0.99
    assert oom[1] < 0.01


def test_a_build_that_ran_out_of_memory_warns_of_its_like() -> None:
    x = np.array([[8.0, 8.0, 8.0, 0.0]])  # five would do, by all that is known
    before = measured(design([PLAIN]), np.random.default_rng(7))
    failed = Observed(x, np.array([np.nan]), np.array([8.0]), np.array([True]))
    known, warned = (BLANK.fitted(own, {})(x).oom[0] for own in (before, joined(before, failed)))

    assert known < 0.2 < 0.4 < warned


def test_histories_like_it_tell_a_new_pipeline_what_cores_bring() -> None:
    x = np.array([[16.0, 16.0, 32.0, 0.0]])
    own = measured(design([PLAIN] * 2), np.random.default_rng(8), serial=0.5)
    learnt = GrayBox(learn([past(f"p{i}", i, serial=0.5) for i in range(6)]))
    blank, told = (
        abs(float(m.fitted(own, {})(x).log_duration[0] - np.log(seconds(x, 0.5)[0]))) for m in (BLANK, learnt)
    )

    assert told < 0.2
    assert told < blank / 1.5


def test_histories_that_mislead_are_dropped_after_a_few_builds() -> None:
    serial = GrayBox(learn([past(f"p{i}", i, serial=0.95) for i in range(6)]))
    found = forecast(measured(GRID, np.random.default_rng(9), serial=0.02), serial)

    np.testing.assert_allclose(np.exp(found.log_duration), seconds(GRID, 0.02), rtol=0.25)


@pytest.mark.parametrize("order", [[2, 0, 1, 3], [3, 2, 1, 0]])
def test_the_order_of_histories_does_not_matter(order: list[int]) -> None:
    histories = [past(f"p{i}", i) for i in range(4)]
    own = measured(design([PLAIN]), np.random.default_rng(10))

    same(forecast(own, GrayBox(learn(histories))), forecast(own, GrayBox(learn([histories[i] for i in order]))))


def test_histories_too_short_to_learn_from_teach_nothing() -> None:
    own = measured(design([PLAIN]), np.random.default_rng(11))

    same(forecast(own, GrayBox(learn([past("p", 0, builds=4)]))), forecast(own))


def test_nine_of_ten_builds_lie_within_the_interval() -> None:
    inside, rng = [], np.random.default_rng(12)
    for _ in range(12):
        own = measured(GRID[rng.permutation(len(GRID))[:8]], rng, 0.08)
        found, new = forecast(own), measured(GRID, rng, 0.08)
        apart = np.abs(np.log(new.duration_s) - found.log_duration) / np.hypot(found.duration_sd, found.noise_sd)
        inside += (apart[np.isfinite(apart)] < 1.645).tolist()

    assert 0.84 <= np.mean(inside) <= 0.97


def test_a_knob_that_no_law_names_is_learnt_as_well() -> None:
    rng = np.random.default_rng(13)
    x = np.column_stack([np.tile(GRID, (2, 1)), np.repeat([1.0, 8.0], len(GRID))])  # test shards
    took = seconds(x) / x[:, 4] ** 0.5 * np.exp(0.03 * rng.standard_normal(len(x)))
    found = BLANK.fitted(Observed(x, took, peaks(x), np.zeros(len(x), dtype=bool)), {})(x)

    np.testing.assert_allclose(np.exp(found.log_duration), seconds(x) / x[:, 4] ** 0.5, rtol=0.15)
