"""Tests of the demonstration's builds."""

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime

import pytest

from infra.demo.builds import HOST, PIPELINES, builds
from infra.demo.seeding import SEED
from inframind.builds import Build
from inframind.optimization.log import BuildLog, build_of, merged
from inframind.optimization.wire import event_of
from tests.contracts.builds import TEN

FIRST = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def told() -> list[Build]:
    """The builds as the platform would keep them."""
    found = []
    for one in builds(SEED):
        sent = [body | {"type": path.rpartition("/")[2]} for path, body in one.at(FIRST)]
        events = [event_of(json.dumps(body), TEN) for body in sent]
        build = build_of(merged(BuildLog(run_id=one.run_id), events))
        assert build is not None
        found.append(build)
    return found


def test_the_same_seed_gives_the_same_fifty_builds() -> None:
    assert builds(SEED) == builds(SEED)
    assert builds(SEED) != builds(SEED + 1)
    assert len({one.run_id for one in builds(SEED)}) == 50


def test_every_pipeline_has_at_least_ten_and_the_last_is_a_moment_before_now(told: list[Build]) -> None:
    assert min(Counter(one.pipeline for one in told).values()) >= 10
    assert {one.pipeline for one in told} == {pipeline.name for pipeline in PIPELINES}


def test_most_succeed_some_fail_and_some_run_out_of_memory(told: list[Build]) -> None:
    outcomes = Counter(one.outcome for one in told)
    assert outcomes["success"] >= 40
    assert outcomes.keys() == {"success", "failed", "out_of_memory"}


def test_a_build_is_as_long_as_its_steps_and_never_larger_than_its_host(told: list[Build]) -> None:
    for one in told:
        assert one.configuration is not None
        assert one.duration_s == pytest.approx(sum(step.duration_s for step in one.steps), abs=5)
        assert one.configuration.cpus <= HOST["cpus"]
        assert one.configuration.memory_gb <= HOST["memory_gb"]


def test_more_jobs_on_more_cores_are_faster_and_so_is_a_cache(told: list[Build]) -> None:
    taken: dict[tuple[float, bool], list[float]] = defaultdict(list)
    for one in (one for one in told if one.pipeline == "demo/firmware" and one.configuration):
        assert one.configuration is not None
        taken[one.configuration.cpus, one.configuration.cache_gb > 0].append(one.duration_s or 0)
    larger = {cached: taken[4, cached] + taken[8, cached] for cached in (False, True)}
    assert max(larger[True]) < min(taken[2, True]) < min(taken[2, False])
    assert max(larger[False], default=0) < min(taken[2, False])


def test_out_of_memory_means_that_more_was_needed_than_there_was(told: list[Build]) -> None:
    for one in told:
        assert one.configuration is not None
        peak = max(step.max_rss_gb or 0 for step in one.steps)
        assert (peak > one.configuration.memory_gb) == (one.outcome == "out_of_memory")
