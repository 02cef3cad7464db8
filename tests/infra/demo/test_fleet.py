"""Tests of the simulated fleet."""

from statistics import fmean, pstdev

from infra.demo.fleet import PLANTED, QUIET_STEPS, fleet


def test_the_same_seed_gives_the_same_fleet() -> None:
    assert fleet(3) == fleet(3)
    assert fleet(3) != fleet(4)


def test_the_fault_shows_in_the_planted_series_and_nowhere_else() -> None:
    for curve in fleet(3):
        past, fault = curve.values[:QUIET_STEPS], curve.values[QUIET_STEPS:]
        deviations = abs(fmean(fault) - fmean(past)) / pstdev(past)
        assert (deviations > 4) == curve.is_planted, (curve.resource, curve.metric)


def test_every_planted_series_exists() -> None:
    planted = {(c.resource, c.metric) for c in fleet(3) if c.is_planted}
    assert planted == {(resource, metric) for resource, metrics in PLANTED.items() for metric in metrics}


def test_usage_stays_a_percentage() -> None:
    for curve in fleet(3):
        if curve.metric.endswith("_usage"):
            assert min(curve.values) >= 0
            assert max(curve.values) <= 100
