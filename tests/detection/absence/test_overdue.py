"""A series that has stopped arriving is noticed at its own pace."""

import numpy as np

from inframind.detection.absence.overdue import overdue

HOUR = 3_600_000.0


def test_an_hourly_series_is_not_missed_after_ten_minutes() -> None:
    newest, pace, samples = np.array([0, 0]), np.array([60_000.0, HOUR]), np.array([500.0, 500.0])
    assert overdue(600_000, newest, pace, samples).tolist() == [True, False]
    assert overdue(int(5.1 * HOUR), newest, pace, samples).tolist() == [True, True]


def test_a_second_by_second_series_may_pause_for_a_deployment() -> None:
    assert overdue(100_000, np.array([0]), np.array([1000.0]), np.array([500.0])).tolist() == [False]


def test_a_series_without_history_has_no_pace_to_break() -> None:
    assert overdue(10**9, np.array([0]), np.array([60_000.0]), np.array([3.0])).tolist() == [False]
