"""What senders post is taken as it is, or refused with every fault named."""

import json
from datetime import timedelta
from typing import Any

import pytest

from inframind.errors import Rejected
from inframind.optimization.events import BuildCompleted, StepEnded
from inframind.optimization.wire import event_of, in_time
from tests.contracts.builds import at

RUN = {"run_id": "run-1", "pipeline": "team/shop"}
STEP = RUN | {"type": "step", "step": "compile", "outcome": "success"}
NOW = at(60)


def read(told: dict[str, Any]) -> Any:
    return event_of(json.dumps(told), NOW)


def faults(told: dict[str, Any]) -> set[str]:
    with pytest.raises(Rejected) as refused:
        in_time(read(told), timedelta(minutes=10))
    return {fault.where.rpartition(".")[2] for fault in refused.value.faults}


def test_the_agents_step_is_taken_as_the_agent_sends_it() -> None:
    told = STEP | {
        "exit_code": 0,
        "started_at": "2026-01-11T10:30:05.250Z",
        "finished_at": "2026-01-11T10:33:05.250Z",
        "duration_s": 180.001,
        "cpu_seconds": 655.2,
        "mean_cores": 3.64,
        "peak_cores": 4.0,
        "max_rss_gb": 3.1,
        "max_rss_bytes": 3_328_599_654,
        "read_bytes": 81_920,
        "written_bytes": 524_288,
        "peak_processes": 9,
        "peak_threads": 12,
        "cache_hits": 120,
        "cache_misses": 40,
    }
    event = read(told)
    assert isinstance(event, StepEnded)
    kept = event.step.model_dump(mode="json")
    assert {name: told[name] for name in kept} == kept


@pytest.mark.parametrize(
    "times",
    [
        {"started_at": "2026-01-11T10:01:00Z", "finished_at": "2026-01-11T10:02:00Z"},
        {"started_at": "2026-01-11T10:01:00", "duration_s": 60},
        {"finished_at": 1_768_125_720, "duration_s": 60},
        {"started_at": 1_768_125_660_000, "finished_at": "2026-01-11T11:02:00+01:00"},
    ],
)
def test_two_of_start_end_and_duration_give_the_third(times: dict[str, Any]) -> None:
    step = read(STEP | times).step
    assert (step.started_at, step.finished_at, step.duration_s) == (at(1), at(2), 60.0)


def test_bytes_of_memory_count_where_gigabytes_are_not_given() -> None:
    times = {"started_at": "2026-01-11T10:01:00Z", "duration_s": 1}
    assert read(STEP | times | {"max_rss_bytes": 2_500_000_000}).step.max_rss_gb == 2.5


@pytest.mark.parametrize(("code", "outcome"), [(0, "success"), (2, "failed")])
def test_an_exit_code_is_an_outcome(code: int, outcome: str) -> None:
    event = read(RUN | {"type": "complete", "exit_code": code})
    assert isinstance(event, BuildCompleted)
    assert (event.outcome, event.finished_at) == (outcome, None)


@pytest.mark.parametrize(
    ("told", "where"),
    [
        ({"type": "start"}, {"run_id", "pipeline"}),
        ({"type": "start", **RUN, "run_id": "", "pipeline": "x" * 513}, {"run_id", "pipeline"}),
        ({"type": "start", **RUN, "pipeline": "a\u202eb"}, {"pipeline"}),
        ({"type": "start", **RUN, "run_id": "  "}, {"run_id"}),
        ({"type": "start", **RUN, "pipeline": "ü" * 300}, {"pipeline"}),
        ({"type": "start", **RUN, "context": {"tool": ["cmake"]}}, {"tool"}),
        ({"type": "start", **RUN, "context": {"cpus": 10**400}}, {"cpus"}),
        ({"type": "start", **RUN, "context": {"cpus": float("inf"), "memory_gb": float("nan")}}, {"cpus", "memory_gb"}),
        (
            {"type": "start", **RUN, "configuration": {"concurrency": 0, "cpus": -1}},
            {"concurrency", "cpus", "memory_gb"},
        ),
        ({"type": "start", **RUN, "started_at": "yesterday"}, {"started_at"}),
        ({"type": "start", **RUN, "started_at": 12}, {"started_at"}),
        ({"type": "start", **RUN, "started_at": "2026-01-11T11:20:00Z"}, {"started_at"}),
        ({**STEP, "started_at": "2026-01-11T12:00:00Z", "duration_s": 0}, {"started_at", "finished_at"}),
        ({**STEP, "duration_s": 5}, {"step"}),
        ({**STEP, "started_at": "2026-01-11T10:01:00Z", "finished_at": "2026-01-11T10:00:00Z"}, {"step"}),
        ({**STEP, "outcome": "great", "cpu_seconds": -1, "cache_hits": 1.5}, {"outcome", "cpu_seconds", "cache_hits"}),
        ({"type": "complete", **RUN}, {"complete"}),
        ({"type": "finish", **RUN}, {"body"}),
        (RUN, {"body"}),
    ],
)
def test_whatever_is_wrong_is_named(told: dict[str, Any], where: set[str]) -> None:
    assert faults(told) == where


@pytest.mark.parametrize("message", ["", "[]", "null", "{", '{"type":"start"', "NaN", '"x"', b"\xff"])
def test_what_is_no_event_is_refused(message: str | bytes) -> None:
    with pytest.raises(Rejected):
        event_of(message, NOW)


def test_unknown_fields_are_passed_over() -> None:
    assert read({"type": "start", **RUN, "colour": "red"}).run_id == "run-1"
