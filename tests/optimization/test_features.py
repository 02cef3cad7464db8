"""Each feature by numbers that a person can check; any build has them all, and they are finite."""

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inframind.builds import Build, BuildOutcome, Configuration, Step
from inframind.optimization.features import FEATURES, NAMES, UNKNOWN, features, rows
from tests.cloudformation import ROOT

NOON = datetime(2026, 3, 7, 12, 30, tzinfo=UTC)  # a Saturday
FOUR = Configuration(concurrency=8, cpus=4, memory_gb=16, cache_gb=5)


def step(duration_s: float = 50, **measured: Any) -> Step:
    end = NOON
    return Step(step="s", outcome="success", started_at=end, finished_at=end, duration_s=duration_s, **measured)


def build(hours_ago: float = 0, outcome: BuildOutcome = "success", **more: Any) -> Build:
    end = NOON - timedelta(hours=hours_ago)
    given_ = {
        "run_id": f"run-{hours_ago}",
        "pipeline": "shop",
        "started_at": end - timedelta(seconds=100),
        "finished_at": end,
        "duration_s": 100.0,
        "configuration": FOUR,
    }
    return Build(outcome=outcome, **(given_ | more))


ASKED = Build(
    run_id="asked",
    pipeline="shop",
    started_at=NOON,
    branch="release/2.0",
    configuration=Configuration(concurrency=4, cpus=2, memory_gb=8),
    context={"tool": "CMake", "cpus": 16, "memory_gb": 64, "max_rss_gb": 4, "num_steps": 5, "avg_step_duration_s": 60},
)
PAST = [
    build(4, steps=(step(80, cpu_seconds=300, max_rss_gb=2.0, cache_hits=9, cache_misses=1), step(20))),
    build(3, duration_s=200.0, steps=(step(max_rss_gb=6.0, read_bytes=10**9, written_bytes=10**9),)),
    build(2, "out_of_memory", steps=(step(max_rss_gb=16.0),), configuration=FOUR.model_copy(update={"cpus": 3.0})),
    build(1, "failed"),
]
EXPECTED = {
    "concurrency": 4, "cpus": 2, "memory_gb": 8, "cache_gb": 0, "jobs_per_core": 2, "memory_per_job_gb": 2,
    "host_cpus": 16, "host_memory_gb": 64, "said_peak_gb": 4, "num_steps": 5, "avg_step_s": 60, "tool_is_native": 1,
    "tool_is_jvm": 0, "is_release": 1, "hour": 12, "is_weekend": 1, "builds_known": 4, "success_rate": 0.5,
    "oom_rate": 0.25, "median_duration_s": 150, "last_duration_s": 200, "duration_spread": math.log(2) / 2,
    "median_peak_gb": 6, "largest_peak_gb": 16, "cores_used": 3, "parallel_share": 0.75, "cache_hit_rate": 0.9,
    "io_gb": 2, "longest_step_share": 1, "last_concurrency": 8, "last_cpus": 4, "hours_since_last": 1,
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_feature_is_what_its_formula_says(name: str) -> None:
    assert features(ASKED, PAST)[name] == pytest.approx(EXPECTED[name])


def test_there_are_at_least_fifteen_and_every_one_is_explained() -> None:
    assert len(FEATURES) == len(set(NAMES)) == len(EXPECTED) >= 15
    assert all(feature.meaning.endswith(".") and feature.unit for feature in FEATURES)


def test_the_page_shows_the_table_of_the_code() -> None:
    page = (ROOT / "docs/optimization.md").read_text()
    shown = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", page, re.MULTILINE)
    assert [row for row in shown if row[0] in NAMES] == [(one.name, one.unit, one.meaning) for one in FEATURES]


def test_a_build_knows_nothing_of_what_came_after_it_or_of_other_pipelines() -> None:
    later = [build(-1), build(3).model_copy(update={"pipeline": "other"}), ASKED]
    assert features(ASKED, [*PAST, *later]) == features(ASKED, PAST)


def test_the_order_in_which_builds_are_listed_does_not_matter() -> None:
    assert features(ASKED, PAST[::-1]) == features(ASKED, PAST)


def test_what_nobody_measured_is_unknown_not_nought() -> None:
    first = features(ASKED.model_copy(update={"context": {}}), [])
    assert first["cache_hit_rate"] == first["host_cpus"] == first["num_steps"] == UNKNOWN
    assert first["builds_known"] == 0


anything = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.floats())


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["cpus", "memory_gb", "max_rss_gb", "num_steps", "tool", "release", "tag"]), anything
    ),
    st.lists(st.floats(0), max_size=4),
)
def test_any_build_has_finite_features(context: dict[str, Any], amounts: list[float]) -> None:
    past = [
        build(number + 1, duration_s=amount, steps=(step(amount, max_rss_gb=amount, cpu_seconds=amount),))
        for number, amount in enumerate(amounts)
    ]
    found = features(ASKED.model_copy(update={"context": context}), past)
    assert tuple(found) == NAMES
    assert np.isfinite(np.array(list(found.values()), np.float32)).all()


def test_rows_are_the_features_of_each_configuration() -> None:
    others = [Configuration(concurrency=jobs, cpus=3, memory_gb=9, cache_gb=1) for jobs in (1, 2, 6)]
    design = np.array([[one.concurrency, one.cpus, one.memory_gb, one.cache_gb] for one in others])
    made = rows(features(ASKED, PAST), design)
    for row, one in zip(made, others, strict=True):
        known = features(ASKED.model_copy(update={"configuration": one}), PAST)
        assert row.tolist() == pytest.approx(list(known.values()))
