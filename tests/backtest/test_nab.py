"""The benchmark's score, checked by hand."""

import numpy as np
import pytest

from inframind.backtest.nab import PROFILES, Tally, probation, sigmoid, tally

ROWS = 1000
WINDOWS = [(400, 499), (700, 799)]
STANDARD = PROFILES["standard"]


def detections(*rows: int) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    flags = np.zeros(ROWS, np.bool_)
    flags[list(rows)] = True
    return flags


def test_silence_scores_zero() -> None:
    assert tally(detections(), WINDOWS).score(STANDARD) == 0.0


def test_a_detection_at_the_first_row_of_every_window_scores_a_hundred() -> None:
    found = tally(detections(400, 700), WINDOWS)
    assert found.score(STANDARD) == pytest.approx(100.0)
    assert (found.windows, found.found, found.false_alarms) == (2, 2, 0)


def test_the_middle_of_a_window_is_worth_what_the_sigmoid_says() -> None:
    expected = (2 / (1 + np.exp(-5 * 0.5)) - 1) / (2 / (1 + np.exp(-5)) - 1)
    assert tally(detections(450), WINDOWS[:1]).reward == pytest.approx(expected)


def test_only_the_best_detection_of_a_window_counts() -> None:
    assert tally(detections(400, 450, 499), WINDOWS).reward == pytest.approx(1.0)


def test_a_false_alarm_before_any_window_costs_in_full() -> None:
    found = tally(detections(300), WINDOWS)
    assert found.penalty == -1.0
    assert found.score(STANDARD) == pytest.approx(100 * -0.11 / 4)


def test_a_false_alarm_just_behind_a_window_costs_little() -> None:
    just_behind, far_behind = (tally(detections(row), WINDOWS[:1]).penalty for row in (501, 900))
    assert -0.1 < just_behind < 0.0
    assert far_behind == -1.0


def test_a_false_alarm_costs_twice_in_the_profile_that_dislikes_them() -> None:
    found = tally(detections(300), WINDOWS)
    low_fp = found.score(PROFILES["reward_low_FP_rate"])
    assert low_fp == pytest.approx(2 * found.score(STANDARD))


def test_a_missed_window_weighs_more_where_misses_do() -> None:
    found = tally(detections(400), WINDOWS)
    assert found.score(STANDARD) == pytest.approx(50.0)
    assert found.score(PROFILES["reward_low_FN_rate"]) == pytest.approx(50.0)


def test_nothing_counts_in_the_probation() -> None:
    assert tally(detections(10, 149), [(100, 120)]) == Tally()
    assert probation(ROWS) == 150
    assert probation(100_000) == 750


def test_a_detection_in_the_part_of_a_window_under_probation_finds_nothing() -> None:
    assert tally(detections(140), [(130, 229)]).found == 0


def test_files_add_up() -> None:
    both = tally(detections(400), WINDOWS[:1]) + tally(detections(), WINDOWS[1:])
    assert both.score(STANDARD) == pytest.approx(50.0)


def test_the_sigmoid_is_monotonous() -> None:
    assert (np.diff(sigmoid(np.arange(-100, 400) / 100.0)) <= 0).all()
