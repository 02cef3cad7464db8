"""When a configuration is withdrawn."""

import pytest

from inframind.builds import BuildOutcome, Configuration
from inframind.optimization.canary import Tried, withdrawn

PLAIN = Configuration(concurrency=2, cpus=2, memory_gb=8)
OTHER = Configuration(concurrency=4, cpus=4, memory_gb=8)
DEFAULTS = [Tried(PLAIN, "success", 100.0), Tried(PLAIN, "success", 100.0)]


def reasons(*runs: Tried) -> dict[Configuration, str]:
    return withdrawn([*DEFAULTS, *runs], PLAIN, 0.05)


def test_five_percent_more_is_the_limit() -> None:
    assert reasons(Tried(OTHER, "success", 104.9), Tried(OTHER, "success", 104.9)) == {}
    assert OTHER in reasons(Tried(OTHER, "success", 105.1), Tried(OTHER, "success", 105.1))


def test_one_slow_build_may_be_noise_but_half_as_long_again_is_not() -> None:
    assert reasons(Tried(OTHER, "success", 140.0)) == {}
    assert OTHER in reasons(Tried(OTHER, "success", 151.0))


@pytest.mark.parametrize("outcome", ["out_of_memory", "timed_out"])
def test_one_build_without_memory_or_time_is_enough(outcome: BuildOutcome) -> None:
    assert reasons(Tried(OTHER, outcome)) == {OTHER: f"a build with it ended {outcome.replace('_', ' ')}"}


def test_a_failed_test_is_not_the_configurations_fault() -> None:
    assert reasons(Tried(OTHER, "failed", 900.0), Tried(OTHER, "success", 80.0)) == {}


def test_the_default_is_never_withdrawn() -> None:
    assert reasons(Tried(PLAIN, "out_of_memory"), Tried(PLAIN, "success", 500.0)) == {}


def test_values_that_are_no_measure_count_for_nothing() -> None:
    nonsense = [Tried(OTHER, "success", value) for value in (float("nan"), float("inf"), -1.0, 0.0, None)]
    assert reasons(*nonsense) == {}


def test_a_value_beyond_all_measure_is_withdrawn() -> None:
    assert OTHER in reasons(Tried(OTHER, "success", 1e308), Tried(OTHER, "success", 1e308))
