"""What configurations are worth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.optimization.objective import NODES, Yardstick, expected, improvement, with_failures, worth, yardstick
from inframind.optimization.prices import PriceTable
from inframind.optimization.requests import Floats, Forecast

PRICES = PriceTable()
TWO = np.array([[2.0, 2.0, 8.0, 0.0]])


def says(duration_s: float, sd: float = 0.0, oom: float = 0.0, noise_sd: float = 0.0) -> Forecast:
    one: Floats = np.ones(1)
    return Forecast(np.log(one * duration_s), one * sd, noise_sd, one, one, 0.1, one * oom)


def test_the_points_that_stand_for_a_normal_distribution_have_its_mean_and_spread() -> None:
    assert NODES.mean() == pytest.approx(0, abs=1e-9)
    assert NODES.std() == pytest.approx(1, abs=0.02)


@given(st.floats(1, 1e5), st.floats(0, 1))
def test_the_default_is_worth_one(duration_s: float, cost_share: float) -> None:
    default = says(duration_s, 0.2)
    against = yardstick(default, 2.0, cost_share, PRICES)

    assert worth(default, TWO, against).mean[0] == pytest.approx(1)


def test_half_the_time_at_double_the_price_is_better_by_time_and_even_by_cost() -> None:
    four = np.array([[4.0, 4.0, 8.0, 0.0]])
    by_time, by_cost = (
        worth(says(300), four, yardstick(says(600), 2.0, share, PRICES)).mean[0] for share in (0.0, 1.0)
    )

    assert by_time == pytest.approx(0.5)
    assert by_cost == pytest.approx(1.0)


def test_a_build_that_is_about_a_minute_long_costs_a_minute_or_two() -> None:
    _, dollars = expected(says(60, 0.1), np.array([2.0]), PRICES)

    assert set(np.round(dollars.ravel(), 6).tolist()) == {0.006, 0.012}


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 10))
def test_more_failures_are_never_better(a: float, b: float, objective: float) -> None:
    low, high = sorted((a, b))
    worse = with_failures(np.array([objective]), np.array([low, high]))

    assert worse[0] <= worse[1]


def test_improvement_wants_doubt_or_gain_and_shuns_failures() -> None:
    against = Yardstick(600.0, 0.06, 0.0, PRICES)
    cases = [says(600), says(600, 0.3), says(500), says(500, 0.0, oom=0.5)]
    sure, doubtful, better, risky = (float(improvement(worth(one, TWO, against), 1.0)[0]) for one in cases)

    assert sure == 0
    assert doubtful > 0
    assert better == pytest.approx(100 / 600)
    assert risky == pytest.approx(better / 4)


def test_where_many_builds_were_another_promises_less_than_where_none_was() -> None:
    against = Yardstick(600.0, 0.06, 0.0, PRICES)
    cases = [says(599, 0.01, noise_sd=0.1), says(640, 0.1, noise_sd=0.1)]
    known, new = (float(improvement(worth(one, TWO, against), 1.0)[0]) for one in cases)

    assert 0 < known < new / 10
