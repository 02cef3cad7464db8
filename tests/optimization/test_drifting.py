"""When the serving model has gone wrong."""

import math

import numpy as np
import pytest

from inframind.optimization.drifting import LEAST, Followed, drift
from inframind.optimization.versions import Drift


def followed(count: int, factor: float, seed: int = 0) -> list[Followed]:
    """Builds that take `factor` times what was expected, give or take a tenth."""
    noise = np.random.default_rng(seed).normal(0, 0.1, count)
    return [Followed(100.0, 100.0 * factor * float(np.exp(one))) for one in noise]


def found(builds: list[Followed], before: Drift | None = None) -> Drift:
    known = drift(builds, 0.1, before)
    assert known is not None
    return known


@pytest.mark.parametrize("seed", range(20))
def test_a_model_that_is_as_good_as_on_the_hold_out_does_not_drift(seed: int) -> None:
    assert not found(followed(40, 1.0, seed)).is_drifting


@pytest.mark.parametrize("factor", [0.6, 1.6])
def test_builds_that_take_half_as_long_again_or_much_less_are_drift(factor: float) -> None:
    known = found(followed(20, factor))
    assert known.is_drifting
    assert ("longer" in known.explanation) == (factor > 1)


def test_a_few_builds_say_nothing() -> None:
    assert drift(followed(LEAST - 1, 3.0), 0.1) is None


def test_one_odd_build_is_not_drift() -> None:
    assert not found([*followed(19, 1.0), Followed(100.0, 1000.0)]).is_drifting


def test_drift_ends_only_when_the_model_is_well_again() -> None:
    bad = found(followed(20, 1.6))
    better = followed(40, 1.12, seed=3)
    assert not found(better).is_drifting
    assert found(better, bad).is_drifting
    assert not found(followed(40, 1.0), bad).is_drifting


def test_what_is_no_measure_is_left_out() -> None:
    nonsense = [Followed(0.0, 1.0), Followed(1.0, math.inf), Followed(math.nan, 1.0), Followed(1.0, -1.0)]
    assert drift(nonsense * 10, 0.1) is None
