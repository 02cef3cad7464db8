"""Laws that no input passes, and each guard by an example."""

import math
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inframind.builds import Configuration
from inframind.optimization.canary import Tried
from inframind.optimization.guards import Forecast, Forecaster, Guarded, bound, default_only, explores, safe
from inframind.optimization.standing import Floats, Host, Policy, Standing, clipped, row

PLAIN = Configuration(concurrency=2, cpus=2, memory_gb=8)
HOST = Host(cpus=8, memory_gb=32)
KNOWN = tuple(Tried(PLAIN, "success", 100.0, 2.0) for _ in range(3))
USUAL = Standing(default=PLAIN, host=HOST, tried=KNOWN)

positive = st.floats(1e-3, 1e9) | st.floats(0.1, 10)
anything = st.floats() | st.floats(0.1, 100) | st.sampled_from([math.nan, math.inf, -math.inf, 0.0, -1.0, 1e308])
outcomes = st.sampled_from(["success", "failed", "out_of_memory", "timed_out", "abandoned"])


def worlds(cpus: float, memory_gb: float) -> tuple[st.SearchStrategy[Configuration], st.SearchStrategy[Standing]]:
    """Configurations and standings up to a size: absurd ones, and ones in which a suggestion often stands."""
    wanted = st.builds(
        Configuration,
        concurrency=st.integers(1, int(cpus)),
        cpus=st.floats(0.001, cpus),
        memory_gb=st.floats(0.001, memory_gb),
        cache_gb=st.floats(0, memory_gb),
    )
    amounts = st.none() | anything | st.floats(0.1, 10)
    sizes = st.tuples(st.floats(0, 2 * cpus), st.floats(0, 2 * memory_gb))
    standing = st.builds(
        Standing,
        default=wanted,
        host=st.builds(Host, cpus=st.floats(0.001, cpus), memory_gb=st.floats(0.001, memory_gb)),
        tried=st.lists(st.builds(Tried, wanted, outcomes, amounts, amounts, sizes), max_size=5).map(tuple),
        builds_elsewhere=st.integers(0, 50),
        model_age=st.none() | st.timedeltas(timedelta(days=-2), timedelta(days=20)),
        release=st.booleans(),
    )
    return wanted, standing


(absurd, absurdly), (usual, usually) = worlds(1024, 65_536), worlds(32, 256)
configurations, standings = absurd | usual, absurdly | usually
many = settings(max_examples=300, deadline=None)


def says(peak_high_gb: float, value: float = 90.0, default_value: float = 100.0) -> Forecaster:
    """A model that expects the same of everything."""

    def forecast(rows: Floats) -> Forecast:
        return Forecast(np.full(len(rows), value), np.full(len(rows), peak_high_gb), default_value)

    return forecast


def configuration(concurrency: int = 4, cpus: float = 4, memory_gb: float = 8, cache_gb: float = 0) -> Configuration:
    return Configuration(concurrency=concurrency, cpus=cpus, memory_gb=memory_gb, cache_gb=cache_gb)


def guards(guarded: Guarded) -> set[str]:
    return {one.guard for one in guarded.bounds}


@many
@given(configurations, anything, anything, anything, standings)
def test_nothing_leaves_the_host(
    wanted: Configuration, peak: float, value: float, default: float, standing: Standing
) -> None:
    given_ = bound(wanted, says(peak, value, default), standing).configuration
    assert standing.host is not None
    assert given_.cpus <= standing.host.cpus
    assert given_.memory_gb <= standing.host.memory_gb
    assert given_.concurrency <= max(1, 2 * standing.host.cpus)


@many
@given(configurations, anything, standings)
def test_a_suggestion_has_memory_above_the_predicted_peak_or_is_the_default(
    wanted: Configuration, peak: float, standing: Standing
) -> None:
    guarded = bound(wanted, says(peak), standing)
    if guarded.is_default:
        assert guarded.configuration == clipped(standing.default, standing.host)
    else:
        assert peak > 0
        assert guarded.configuration.memory_gb >= peak * 1.15 * (1 - 1e-6)


@many
@given(configurations, positive, standings)
def test_a_suggestion_has_memory_above_every_peak_measured_at_its_concurrency(
    wanted: Configuration, peak: float, standing: Standing
) -> None:
    guarded = bound(wanted, says(peak), standing)
    for one in standing.tried:
        measured = one.peak_memory_gb or 0.0
        below = one.configuration.concurrency <= guarded.configuration.concurrency
        if below and 0 < measured < math.inf and not guarded.is_default:
            assert guarded.configuration.memory_gb >= measured * (1 - 1e-6)


@many
@given(configurations, positive, standings)
def test_a_suggestion_is_one_step_from_the_last_build(wanted: Configuration, peak: float, standing: Standing) -> None:
    guarded = bound(wanted, says(peak), standing)
    if not guarded.is_default:
        last, now = row(standing.tried[-1].configuration), row(guarded.configuration)
        assert (now[:3] <= last[:3] * 4 * (1 + 1e-6)).all()
        assert now[3] <= max(last[3] * 4, last[3] + 4) * (1 + 1e-6)
        small_host = row(clipped(configuration(1024, 1024, 65_536), standing.host))
        assert (now[:3] >= np.minimum(last[:3] / 4, small_host[:3]) * (1 - 1e-6)).all()


def test_too_little_data_is_told_in_plain_words() -> None:
    tried = Tried(PLAIN, "success")
    effects = [default_only(Standing(PLAIN, tried=n * (tried,))) for n in (0, 1, 2)]
    assert [one.effect.removeprefix("the default: ") for one in effects if one] == [
        "no build of this pipeline ended so far",
        "1 build of this pipeline and 0 of others are too few to learn from",
        "2 builds of this pipeline and 0 of others are too few to learn from",
    ]


@many
@given(configurations, anything, standings, st.floats(), st.booleans())
def test_a_pipeline_with_little_data_or_a_stale_model_keeps_its_default(
    wanted: Configuration, peak: float, standing: Standing, roll: float, stale: bool
) -> None:
    age = timedelta(days=15) if stale else None
    tried = standing.tried if stale else ()
    held = Standing(standing.default, standing.host, tried, standing.builds_elsewhere, age)
    assert bound(wanted, says(peak), held).is_default
    assert explores(held, roll)[0] is False


@many
@given(standings, st.floats(), st.floats(0, 1))
def test_exploration_is_never_of_a_release_and_never_above_its_share(
    standing: Standing, roll: float, share: float
) -> None:
    does, _ = explores(standing, roll, Policy(exploration=share))
    assert not does or (0 <= roll < share and not standing.release)


@many
@given(st.lists(usual, min_size=1, max_size=20), anything, anything, standings, anything)
def test_what_is_safe_among_candidates_is_left_as_it_is(
    wanted: list[Configuration], peak: float, value: float, standing: Standing, default: float
) -> None:
    rows = np.array([row(one) for one in [*wanted, standing.default]])
    model = says(peak, value, default)
    allowed = safe(rows, model(rows), standing)
    assert len(allowed) == len(rows)
    for one, is_safe in zip([*wanted, standing.default], allowed, strict=True):
        guarded = bound(one, model, standing)
        untouched = not guarded.is_default and np.allclose(row(guarded.configuration), row(one), rtol=1e-8)
        assert untouched == is_safe


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=5, deadline=None)
def test_three_of_twenty_suggestions_explore(seed: int) -> None:
    rolls = np.random.default_rng(seed).random(4000)
    share = np.mean([explores(USUAL, float(roll))[0] for roll in rolls])
    assert 0.12 < share < 0.18


def test_what_is_wanted_and_safe_stands() -> None:
    guarded = bound(configuration(cache_gb=2), says(4.0), USUAL)
    assert guarded == Guarded(configuration(cache_gb=2), False, ())


def test_the_host_limits_cpus_and_memory_and_says_so() -> None:
    guarded = bound(configuration(8, 64, 32), says(4.0), Standing(PLAIN, Host(4, 16), KNOWN))
    assert guarded.configuration == configuration(8, 4, 16)
    assert [one.effect for one in guarded.bounds] == [
        "CPUs 64 became 4: the host has no more",
        "memory 32 GB became 16 GB: the host has no more",
    ]


def test_a_step_is_bounded_and_says_so() -> None:
    guarded = bound(configuration(12, 2, 8), says(4.0), USUAL)
    assert guarded.configuration.concurrency == 8
    assert guarded.bounds[0].effect == "concurrency 12 became 8: a build is one bounded step from the last"


def test_memory_is_raised_to_the_peak_with_headroom() -> None:
    guarded = bound(configuration(memory_gb=8), says(10.0), USUAL)
    assert guarded.configuration.memory_gb == 11.5
    assert guards(guarded) == {"memory_headroom"}


def test_a_peak_beyond_the_host_leaves_the_default() -> None:
    guarded = bound(configuration(), says(30.0), USUAL)
    assert guarded.is_default
    assert guarded.configuration == PLAIN
    assert guards(guarded) == {"memory_headroom"}


def test_a_model_that_forgets_a_measured_peak_is_not_believed() -> None:
    seen = (*KNOWN, Tried(configuration(3, 4, 8), "out_of_memory"), Tried(PLAIN, "success", 100.0, 2.0))
    assert bound(configuration(4, 4, 4), says(0.5), Standing(PLAIN, HOST, seen)).configuration.memory_gb == 9.2
    assert bound(configuration(2, 4, 4), says(0.5), Standing(PLAIN, HOST, seen)).configuration.memory_gb == 4


@pytest.mark.parametrize("value", [106.0, math.nan, math.inf, 0.0, -1.0])
def test_what_is_expected_to_be_worse_than_the_default_is_withdrawn(value: float) -> None:
    guarded = bound(configuration(), says(4.0, value), USUAL)
    assert guarded.is_default
    assert guards(guarded) == {"canary"}


@pytest.mark.parametrize("default_value", [math.nan, math.inf, 0.0, -1.0])
def test_nothing_is_compared_with_a_default_of_which_nothing_is_expected(default_value: float) -> None:
    assert bound(configuration(), says(4.0, 90.0, default_value), USUAL).is_default


def test_what_was_measured_to_be_worse_than_the_default_is_withdrawn() -> None:
    slow = (Tried(configuration(), "success", 106.0, 2.0),) * 2
    guarded = bound(configuration(), says(4.0), Standing(PLAIN, HOST, KNOWN + slow))
    assert guarded.configuration == PLAIN
    assert (
        guarded.bounds[0].effect
        == "the default: this configuration was withdrawn, took 6 % more than the default over 2 builds"
    )


def test_a_default_larger_than_the_host_is_cut_to_it() -> None:
    guarded = bound(configuration(), says(4.0), Standing(configuration(64, 64, 256), Host(4, 16)))
    assert guarded.configuration == configuration(8, 4, 16)
    assert guards(guarded) == {"little_data", "host_cpu", "host_memory"}


def test_without_a_host_a_build_gets_no_more_than_the_pipeline_has_run_with() -> None:
    seen = (*KNOWN, Tried(configuration(4, 4, 16), "success", 80.0, 3.0, (4.0, 16.0)))
    guarded = bound(configuration(16, 8, 32), says(4.0), Standing(PLAIN, None, seen))
    assert guarded.configuration == configuration(8, 4, 16)


def test_without_a_host_what_no_build_has_proven_is_not_believed() -> None:
    boast = Tried(configuration(1024, 1024, 65_536), "success", 10.0, 3.0)
    for seen in ((*KNOWN, boast), (boast, *KNOWN)):
        guarded = bound(configuration(16, 1024, 65_536), says(4.0), Standing(PLAIN, None, seen))
        assert (guarded.configuration.cpus, guarded.configuration.memory_gb) == (2, 8)
        assert "no build is known to have had more" in guarded.bounds[0].effect


@many
@given(configurations, anything, standings)
def test_without_a_host_nothing_exceeds_the_default_what_was_proven_and_the_largest_usual_size(
    wanted: Configuration, peak: float, standing: Standing
) -> None:
    nowhere = replace(standing, host=None)
    given_ = bound(wanted, says(peak), nowhere).configuration
    proven = [one.proven for one in standing.tried if one.outcome == "success"]
    cpus, memory_gb = (max((one[column] for one in proven), default=0.0) for column in (0, 1))
    assert given_.cpus <= max(standing.default.cpus, min(cpus, 64.0))
    assert given_.memory_gb <= max(standing.default.memory_gb, min(memory_gb, 256.0))


def test_a_release_build_does_not_explore_and_says_so() -> None:
    does, why = explores(Standing(PLAIN, HOST, KNOWN, release=True), 0.01)
    assert not does
    assert why is not None
    assert why.guard == "release"
