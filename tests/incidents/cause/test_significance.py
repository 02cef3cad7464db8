import numpy as np
import pytest

from inframind.incidents.cause.significance import FALSE_ALARMS, LEAST_LIMIT, limit


@pytest.mark.parametrize("seed", range(3))
def test_the_limit_lets_the_stated_share_of_quiet_windows_pass(seed: int) -> None:
    random = np.random.default_rng(seed)
    crossed = (random.exponential(3.0, 50_000) > limit(random.exponential(3.0, 2_000))).mean()
    assert crossed == pytest.approx(FALSE_ALARMS, rel=0.5)


def test_a_fault_in_one_window_of_twenty_hardly_moves_the_limit() -> None:
    quiet = np.random.default_rng(0).exponential(3.0, 400)
    faulty = np.concatenate([quiet, np.full(20, 500.0)])
    assert limit(faulty) < 1.5 * limit(quiet)


def test_a_steady_history_does_not_make_every_rounding_error_an_alarm() -> None:
    assert limit(np.zeros(400)) == LEAST_LIMIT


def test_a_history_too_short_to_show_tails_gives_the_least_limit() -> None:
    assert limit(np.full(5, 9.0)) == LEAST_LIMIT
