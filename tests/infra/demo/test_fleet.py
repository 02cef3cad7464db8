"""Tests of the simulated fleet."""

import numpy as np

from infra.demo.fleet import FAULT_STEPS, PLANTED, fleet


def test_the_same_seed_gives_the_same_fleet() -> None:
    for one, other in zip(fleet(3), fleet(3), strict=True):
        np.testing.assert_array_equal(one.values, other.values)


def test_the_fault_shows_in_the_planted_series_and_nowhere_else() -> None:
    for curve in fleet(3):
        past, fault = curve.values[:-FAULT_STEPS], curve.values[-FAULT_STEPS:]
        deviations = abs(fault.mean() - past.mean()) / past.std()
        assert (deviations > 4) == curve.is_planted, (curve.resource, curve.metric)


def test_every_planted_series_exists() -> None:
    planted = {(c.resource, c.metric) for c in fleet(3) if c.is_planted}
    assert planted == {(resource, metric) for resource, metrics in PLANTED.items() for metric in metrics}


def test_usage_stays_a_percentage() -> None:
    for curve in fleet(3):
        if curve.metric.endswith("_usage"):
            assert curve.values.min() >= 0
            assert curve.values.max() <= 100
