"""A build is the set of what was told of it: neither order nor repetition changes it."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.builds import Build, Configuration
from inframind.optimization.events import BuildClosed, BuildEvent
from inframind.optimization.log import STEPS_KEPT, TELLINGS_KEPT, BuildLog, build_of, merged
from tests.contracts.builds import at, completed, log, started, step

SIZE = Configuration(concurrency=4, cpus=4, memory_gb=8)


def build(*events: BuildEvent) -> Build:
    found = build_of(log(*events))
    assert found is not None
    return found


def closed(minute: float) -> BuildClosed:
    return BuildClosed(run_id="run-1", received_at=at(minute))


MINUTES = st.integers(0, 30)
EVENTS = st.one_of(
    st.builds(
        lambda minute, given: started(minute=minute, started_at=given and at(minute)),
        MINUTES,
        st.sampled_from([None, True]),
    ),
    st.builds(lambda minute, host: started(received_at=at(minute), host=host), MINUTES, st.sampled_from("ab")),
    st.builds(
        lambda minute, name, taken: step(minute=minute, name=name, finished_at=at(minute + taken), duration_s=taken),
        st.integers(0, 2),
        st.sampled_from(["compile", "test"]),
        st.integers(1, 3),
    ),
    st.builds(
        lambda minute, given, outcome: completed(minute=minute, finished_at=given and at(minute), outcome=outcome),
        MINUTES,
        st.sampled_from([None, True]),
        st.sampled_from(["success", "failed"]),
    ),
    st.builds(closed, MINUTES),
)


@given(st.lists(EVENTS, max_size=12), st.randoms(use_true_random=False))
def test_the_order_the_portions_and_the_repetition_of_events_do_not_matter(
    events: list[BuildEvent], chance: random.Random
) -> None:
    once = merged(BuildLog(run_id="run-1"), events)
    again = [*events, *events]
    chance.shuffle(again)
    cut = chance.randint(0, len(again))
    assert merged(merged(BuildLog(run_id="run-1"), again[:cut]), again[cut:]) == once
    assert build_of(once) == build_of(merged(once, events))


def test_the_log_survives_being_written_down() -> None:
    kept = log(started(configuration=SIZE), step(), completed(), closed(9))
    assert BuildLog.model_validate_json(kept.model_dump_json()) == kept


def test_a_build_runs_from_its_start_until_it_is_complete() -> None:
    assert (build(started()).outcome, build(started()).finished_at) == ("running", None)
    done = build(started(), step(), completed(minute=3))
    assert (done.outcome, done.finished_at, done.duration_s, len(done.steps)) == ("success", at(3), 180.0, 1)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([step(minute=2), completed(minute=5)], at(2)),
        ([completed(minute=5, started_at=at(1)), step(minute=2)], at(1)),
        ([completed(minute=5)], at(5)),
        ([started(minute=4, started_at=None), step(minute=2)], at(2)),
    ],
)
def test_without_a_start_the_build_begins_where_it_was_first_heard_of(events: list[BuildEvent], expected: Any) -> None:
    assert build(*events).started_at == expected


def test_steps_stand_in_the_order_in_which_they_ran() -> None:
    found = build(step(minute=3, name="link"), step(minute=1, name="link"), step(minute=2, name="compile"), started())
    assert [one.step for one in found.steps] == ["link", "compile", "link"]


def test_a_step_told_again_with_a_later_end_is_the_same_step_longer() -> None:
    shorter, longer = step(), step(finished_at=at(4), duration_s=180.0)
    assert build(longer, shorter).steps == build(shorter, longer).steps == (longer.step,)


def test_what_the_start_did_not_say_the_end_may() -> None:
    end = completed(configuration=SIZE, branch="main", release=True, context={"tool": "make", "cpus": 4})
    found = build(started(branch="topic", context={"tool": "cmake"}), end)
    assert (found.branch, found.configuration, found.release) == ("topic", SIZE, True)
    assert found.context == {"tool": "cmake", "cpus": 4}


def test_the_pipeline_is_that_of_the_start_wherever_a_step_was_run() -> None:
    assert build(step(), started(pipeline="team/web")).pipeline == "team/web"


def test_of_two_ends_the_later_counts_and_of_two_without_a_time_the_first_that_came() -> None:
    assert build(completed(minute=5, outcome="failed"), completed(minute=3)).outcome == "failed"
    late = completed(minute=9, finished_at=None)
    early = completed(minute=3, finished_at=None, outcome="failed")
    assert build(late, early).finished_at == at(3)
    assert build(late, completed(minute=2, outcome="timed_out")).outcome == "timed_out"


@pytest.mark.parametrize("cause", ["out_of_memory", "timed_out"])
def test_a_failure_is_called_by_the_cause_that_a_step_names(cause: str) -> None:
    assert build(step(outcome=cause), completed(outcome="failed")).outcome == cause
    assert build(step(outcome=cause), completed(outcome="success")).outcome == "success"


def test_a_silent_build_is_closed_a_late_step_opens_it_again_and_its_end_completes_it() -> None:
    silence: list[BuildEvent] = [started(), closed(0)]
    assert build(*silence).outcome == "abandoned"
    assert build(*silence, step(minute=50)).outcome == "running"
    assert build(*silence, step(minute=50), closed(51)).outcome == "abandoned"
    assert build(*silence, step(minute=50), closed(51), completed(minute=90)).outcome == "success"


def test_a_build_that_ended_before_it_began_took_no_time() -> None:
    assert build(started(minute=5), completed(minute=3)).duration_s == 0.0


def test_only_closing_makes_no_build() -> None:
    assert build_of(log(closed(1))) is None


def test_a_log_keeps_so_many_steps_and_tellings_the_same_whatever_came_first() -> None:
    steps = [step(minute=number) for number in range(STEPS_KEPT + 20)]
    starts = [started(host=f"h{number}") for number in range(TELLINGS_KEPT + 3)]
    forwards, backwards = log(*steps, *starts), log(*reversed(starts), *reversed(steps))
    assert forwards == backwards
    assert len(forwards.events) == STEPS_KEPT + TELLINGS_KEPT
    found = build_of(forwards)
    assert found is not None
    assert found.steps[-1].started_at == at(STEPS_KEPT - 1)


def test_closing_is_not_a_word_of_the_build() -> None:
    assert log(started(), closed(50)).heard_at == at(0) + timedelta()
