"""VUS-PR as published: nearness counts, ranges count, and without a buffer it is what everyone computes."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from inframind.backtest.volume import MOST_BUFFER, buffered, range_average_precision, volume

ROWS = 400
ONE = np.zeros(ROWS, bool)
ONE[200:220] = True
TWO = ONE.copy()
TWO[300:320] = True


def at(*rows: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    scores = np.zeros(ROWS)
    scores[list(rows)] = 1.0
    return scores


def test_one_incident_without_a_buffer_is_plain_average_precision() -> None:
    scores = np.random.default_rng(2).normal(size=ROWS).round(1)  # with ties
    assert range_average_precision(ONE, scores, 0) == pytest.approx(average_precision_score(ONE, scores))


def test_scores_that_are_the_weights_are_perfect() -> None:
    for buffer in (0, 20, 100):
        assert range_average_precision(TWO, TWO * 1.0, buffer) >= 0.5
    assert volume(TWO, TWO * 1.0, most=0) == 1.0


def test_a_near_miss_is_worth_more_than_a_far_one() -> None:
    near, far = (volume(ONE, at(row)) for row in (195, 100))
    assert near > far
    assert range_average_precision(ONE, at(195), 0) == range_average_precision(ONE, at(100), 0)


def test_one_row_of_each_of_two_incidents_is_worth_more_than_two_of_one() -> None:
    assert volume(TWO, at(210, 310)) > volume(TWO, at(210, 211))


def test_rows_between_two_incidents_count_by_the_nearer_one() -> None:
    weights = buffered(TWO, 200)
    assert weights[225] == pytest.approx(np.sqrt(1 - 6 / 200))
    assert weights[290] == pytest.approx(np.sqrt(1 - 10 / 200))
    assert weights[200:220].tolist() == [1.0] * 20
    assert weights[0] == 0.0


def test_it_lies_between_nothing_and_one_whatever_the_scores() -> None:
    for seed in range(5):
        scores = np.random.default_rng(seed).normal(size=ROWS)
        assert 0.0 < volume(TWO, scores) <= 1.0


def test_a_constant_score_is_worth_about_the_share_of_labelled_rows() -> None:
    assert volume(ONE, np.ones(ROWS), most=0) == pytest.approx(20 / ROWS)


def test_nothing_labelled_has_no_volume() -> None:
    assert np.isnan(volume(np.zeros(ROWS, bool), at(3)))
    assert MOST_BUFFER == 100
