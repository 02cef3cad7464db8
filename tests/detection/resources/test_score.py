"""A resource's verdict, and which metrics make it."""

import numpy as np

from inframind.detection.resources.score import contributions, resource_score


def test_two_hundred_quiet_metrics_do_not_drown_five_loud_ones() -> None:
    raw = np.zeros((1, 205))
    raw[0, :5] = 3.0
    assert resource_score(raw).tolist() == [3.0]


def test_few_metrics_are_averaged() -> None:
    assert resource_score(np.array([[1.0, 3.0]])).tolist() == [2.0]


def test_the_metrics_that_contribute_most_are_named_first() -> None:
    named = contributions(np.array([0.0, 6.0, 2.0]), ["disk", "cpu", "load"])
    assert named == [("cpu", 0.75), ("load", 0.25)]


def test_nothing_contributes_to_silence() -> None:
    assert contributions(np.zeros(3), ["a", "b", "c"]) == []
