"""Suggestions: better than the default, explained, repeatable, and never beyond what is safe."""

import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inframind.builds import Build, BuildOutcome, Configuration, Suggestion
from inframind.optimization.graybox import GrayBox
from inframind.optimization.requests import DEFAULT, Objective, OptimizeRequest, design
from inframind.optimization.standing import Policy
from inframind.optimization.suggesting import suggest
from tests.optimization.pipelines import ASKED, LADDER, PLAIN, build, seconds

KNOWN = [build(i, ran_with) for i, ran_with in enumerate([PLAIN, PLAIN, *LADDER])]
SETTLED = Policy(exploration=0)
MODEL = GrayBox()
few = settings(max_examples=12, deadline=None)


def suggested(
    builds: Sequence[Build], asked: OptimizeRequest = ASKED, policy: Policy = SETTLED, seed: int = 0
) -> Suggestion:
    return suggest(asked, builds, MODEL, np.random.default_rng(seed), policy)


def aiming(objective: Objective, weight: float = 1 / 3) -> OptimizeRequest:
    return ASKED.model_copy(update={"objective": objective, "weight": weight})


def test_a_known_pipeline_gets_what_is_faster_with_what_that_takes_and_why() -> None:
    found = suggested(KNOWN, aiming("time"))

    assert found.configuration.cpus >= 8
    assert found.configuration.cache_gb > 0
    assert found.duration_s is not None
    truth = float(seconds(design([found.configuration]))[0])
    assert found.duration_s.low < truth < found.duration_s.high
    assert "cores instead of 2" in found.reason
    assert "faster" in found.reason
    assert found.builds_known == len(KNOWN)
    assert not found.is_default


def test_time_takes_more_cores_than_a_blend_and_a_blend_than_cost() -> None:
    time, blend, cost = (suggested(KNOWN, aiming(objective, 0.5)) for objective in ("time", "blend", "cost"))

    assert time.configuration.cpus >= blend.configuration.cpus >= cost.configuration.cpus
    assert time.duration_s is not None
    assert cost.duration_s is not None
    assert time.cost_usd is not None
    assert cost.cost_usd is not None
    assert time.duration_s.mean < cost.duration_s.mean
    assert cost.cost_usd.mean < time.cost_usd.mean


@pytest.mark.parametrize(("weight", "objective"), [(0.0, "time"), (1.0, "cost")])
def test_a_blend_ends_in_time_and_in_cost(weight: float, objective: Objective) -> None:
    assert suggested(KNOWN, aiming("blend", weight)).configuration == suggested(KNOWN, aiming(objective)).configuration


def test_a_pipeline_without_builds_keeps_its_default_and_is_told_why() -> None:
    found = suggested([])

    assert found.configuration == DEFAULT
    assert found.is_default
    assert found.duration_s is None
    assert "no build of this pipeline ended so far" in found.reason


def test_what_the_sender_says_of_its_default_is_used_until_a_build_is_seen() -> None:
    said = {"tool": "cmake", "max_rss_gb": 4, "num_steps": 5, "avg_step_duration_s": 60}
    found = suggested([], ASKED.model_copy(update={"context": said}))

    assert found.duration_s is not None
    assert found.duration_s.low < 300 < found.duration_s.high
    assert found.peak_memory_gb is not None
    assert found.peak_memory_gb.low < 4 < found.peak_memory_gb.high


def test_the_luckiest_build_is_not_the_incumbent() -> None:
    lucky = build(90, Configuration(concurrency=4, cpus=4, memory_gb=16), duration_s=5.0)
    before, after = (suggested(own, aiming("time")) for own in (KNOWN, [lucky, *KNOWN]))

    assert after.configuration.cpus > 4
    took_before, took_after = seconds(design([before.configuration, after.configuration]))
    assert took_after < 1.2 * took_before


@few
@given(st.integers(0, 2**32))
def test_the_same_seed_suggests_the_same(seed: int) -> None:
    assert suggested(KNOWN[:5], policy=Policy(), seed=seed) == suggested(KNOWN[:5], policy=Policy(), seed=seed)


def test_about_so_many_suggestions_explore_as_the_policy_says() -> None:
    explored = sum(suggested(KNOWN[:6], policy=Policy(exploration=0.5), seed=seed).explores for seed in range(24))

    assert 5 <= explored <= 18
    assert not any(suggested(KNOWN[:6], policy=SETTLED, seed=seed).explores for seed in range(3))


def test_what_is_chosen_for_what_it_may_gain_says_by_how_much_others_are_expected_to_be_better() -> None:
    found = [suggested(KNOWN[:builds], policy=Policy(exploration=1e-9)) for builds in range(2, len(KNOWN))]
    told = [float(word) for one in found for word in re.findall(r"better, by (\d+) %; this one has", one.reason)]

    assert told
    assert max(told) <= 10
    assert not any(one.explores for one in found)
    assert "most to gain" not in suggested(KNOWN[:6]).reason


def test_a_release_build_gets_what_is_best_whatever_the_die_says() -> None:
    asked = ASKED.model_copy(update={"release": True})
    found = [suggested(KNOWN[:6], asked, Policy(exploration=1.0), seed) for seed in range(3)]

    assert not any(one.explores for one in found)
    assert {one.configuration for one in found} == {suggested(KNOWN[:6], asked).configuration}
    assert all(any(guard.guard == "release" for guard in one.guards) for one in found)


@few
@given(
    st.lists(
        st.tuples(
            st.builds(
                Configuration,
                concurrency=st.integers(1, 64),
                cpus=st.floats(0.1, 64),
                memory_gb=st.floats(0.1, 256),
                cache_gb=st.floats(0, 40),
            ),
            st.floats(0.01, 1e7) | st.none(),
            st.sampled_from(["success", "out_of_memory", "failed", "running", "abandoned", "timed_out"]),
        ),
        max_size=6,
    ),
    st.floats(0.5, 64),
    st.floats(0.5, 256),
    st.integers(0, 1000),
)
def test_no_history_leads_beyond_the_host(
    builds: list[tuple[Configuration, float | None, BuildOutcome]], cpus: float, memory_gb: float, seed: int
) -> None:
    own = [build(i, ran_with, took, outcome) for i, (ran_with, took, outcome) in enumerate(builds)]
    asked = ASKED.model_copy(update={"host_cpus": cpus, "host_memory_gb": memory_gb})
    found = suggested(own, asked, Policy(exploration=0.5), seed)

    assert found.configuration.cpus <= cpus * (1 + 1e-9)
    assert found.configuration.memory_gb <= memory_gb * (1 + 1e-9)
    for estimate in (found.duration_s, found.cost_usd, found.peak_memory_gb):
        assert estimate is None or 0 <= estimate.low <= estimate.high < float("inf")


def test_a_first_build_that_ran_out_of_memory_counts_beside_what_was_said() -> None:
    said = ASKED.model_copy(update={"context": {"max_rss_gb": 4, "num_steps": 5, "avg_step_duration_s": 60}})
    found = suggested([build(0, PLAIN, outcome="out_of_memory")], said)

    assert found.peak_memory_gb is not None
    assert found.peak_memory_gb.mean > 5


def test_memory_that_failed_is_not_suggested_again() -> None:
    tight = Configuration(concurrency=8, cpus=8, memory_gb=4)
    own = [*KNOWN[:4], build(50, tight, outcome="out_of_memory")]

    assert suggested(own, aiming("time")).configuration.memory_gb > 4
