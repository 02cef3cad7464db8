"""Ranking and alarms, against an independent implementation and by hand."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from inframind.backtest.measures import Alarms, alarms, average_precision

rows = st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.5, 1.0, 2.0, 7.5])), min_size=1, max_size=60)


@given(rows)
def test_average_precision_agrees_with_scikit_learn(pairs: list[tuple[bool, float]]) -> None:
    labels, scores = np.array([p[0] for p in pairs]), np.array([p[1] for p in pairs])
    ours = average_precision(labels, scores)
    if labels.any():
        assert math.isclose(ours, average_precision_score(labels, scores), abs_tol=1e-12)
    else:
        assert math.isnan(ours)


def test_precision_counts_alarms_and_recall_counts_incidents() -> None:
    labels = np.array([0, 1, 1, 1, 0, 0, 1, 0], bool)
    found = alarms(np.array([1, 0, 1, 1, 0, 0, 0, 0], bool), labels)
    assert found == Alarms(alarms=3, true=2, incidents=2, found=1, lead_rows=(1,))
    assert (found.precision, found.recall, found.lead) == (2 / 3, 0.5, 1.0)


def test_without_alarms_there_is_no_precision() -> None:
    assert math.isnan(alarms(np.zeros(3, bool), np.zeros(3, bool)).precision)


def test_alarms_of_several_series_add_up() -> None:
    one = alarms(np.array([1, 0], bool), np.array([1, 0], bool))
    assert (one + one).incidents == 2
