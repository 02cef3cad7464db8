"""A build's figures as series and counts."""

from typing import Any

import pytest

from inframind.builds import Build, Configuration
from inframind.optimization.events import BuildEvent
from inframind.optimization.log import build_of
from inframind.optimization.prices import PriceTable
from inframind.optimization.telemetry import cost_usd, counts_of, frames_of
from inframind.records import to_ms
from tests.contracts.builds import at, completed, log, started, step

PRICES = PriceTable()
FOUR = Configuration(concurrency=4, cpus=4, memory_gb=8)
SPENT: dict[str, Any] = {"cpu_seconds": 200.0, "max_rss_gb": 2.5, "cache_hits": 30, "cache_misses": 10, "read_bytes": 5}


def build(*events: BuildEvent) -> Build:
    found = build_of(log(*events))
    assert found is not None
    return found


def figures(one: Build) -> dict[tuple[int, bytes], float]:
    return {
        (int(time), name): float(value)
        for frame in frames_of(one, one.steps, PRICES)
        for time, row in zip(frame.times_ms, frame.values, strict=True)
        for name, value in zip(frame.series, row, strict=True)
    }


def test_a_successful_build_is_a_sample_of_everything_that_was_measured() -> None:
    one = build(started(configuration=FOUR), step(**SPENT), completed(minute=3))
    end, step_end = to_ms(at(3)), to_ms(at(2))
    assert figures(one) == {
        (step_end, b"build_step_duration_seconds\0step\0compile"): 60.0,
        (step_end, b"build_step_cpu_seconds\0step\0compile"): 200.0,
        (step_end, b"build_step_peak_memory_gb\0step\0compile"): 2.5,
        (end, b"build_success"): 1.0,
        (end, b"build_duration_seconds"): 180.0,
        (end, b"build_cost_usd"): pytest.approx(3 * 0.012),
        (end, b"build_cpu_seconds"): 200.0,
        (end, b"build_peak_memory_gb"): 2.5,
        (end, b"build_read_bytes"): 5.0,
        (end, b"build_cache_hit_ratio"): 0.75,
    }
    assert {frame.resource for frame in frames_of(one, one.steps, PRICES)} == {"team/shop"}


def test_a_failed_build_says_nothing_of_how_long_builds_take() -> None:
    one = build(started(), completed(outcome="failed"))
    assert figures(one) == {(to_ms(at(3)), b"build_success"): 0.0}


@pytest.mark.parametrize("events", [[started()], [started(), step()]])
def test_a_running_build_has_no_figures_but_its_steps(events: list[BuildEvent]) -> None:
    assert all(name.startswith(b"build_step") for _, name in figures(build(*events)))


@pytest.mark.parametrize(
    ("changes", "cost"),
    [
        ({"configuration": FOUR, "context": {"cpus": 64}}, 3 * 0.012),
        ({"context": {"cpus": 2}}, 3 * 0.006),
        ({"context": {"cpus": "two"}}, None),
        ({"context": {"cpus": True}}, None),
        ({"context": {"cpus": 0}}, None),
        ({}, None),
    ],
)
def test_a_build_costs_what_its_cores_do(changes: dict[str, Any], cost: float | None) -> None:
    found = cost_usd(build(started(**changes), completed(minute=3)), PRICES)
    assert found == (None if cost is None else pytest.approx(cost))


def test_an_end_is_counted_once_with_its_minutes() -> None:
    running, done = build(started(configuration=FOUR)), build(started(configuration=FOUR), completed(minute=10))
    counts = counts_of(running, done, PRICES)
    assert counts["builds_total", (("outcome", "success"),)] == 1
    assert counts["build_seconds_total", ()] == 600.0
    assert counts["build_cost_usd_total", ()] == pytest.approx(0.12)
    assert {labels[0][1] for name, labels in counts if name == "builds_within_total"} == {"15", "30", "60", "any"}
    assert not any(counts_of(done, done, PRICES).values())


def test_looks_into_a_cache_are_counted_as_their_steps_arrive() -> None:
    before, after = build(started(), step(**SPENT)), build(started(), step(**SPENT), step(minute=2, **SPENT))
    assert counts_of(before, after, PRICES)["build_cache_hits_total", ()] == 30.0
    assert counts_of(None, before, PRICES)["build_cache_misses_total", ()] == 10.0
