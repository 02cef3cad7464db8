"""The three steps of the Jenkins library: what they ask, set and report, and that they never fail a build."""

import json
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cloudformation import ROOT
from tests.infra.agent.recorder import Answer, Recorder
from tests.infra.agent.running import until
from tests.infra.gitlab.running import put_german_awk
from tests.infra.jenkins.conftest import KEY, Jenkins

# As the description of the library prints it.
PIPELINE = """
inframindOptimize(params: [tool: 'cmake'])
inframindStage(name: 'compile') { sh 'echo built with $MAKEFLAGS $CCACHE_MAXSIZE' }
inframindNotify()
"""
SUGGESTION = {
    "id": "s-1",
    "configuration": {"concurrency": 3, "cpus": 4.0, "memory_gb": 8, "cache_gb": 2.5},
    "default": {"concurrency": 2, "cpus": 2, "memory_gb": 8, "cache_gb": 0},
    "reason": "three jobs\nkeep four cores busy",
    "is_default": False,
}


UNGUESSED = re.compile("-7-[0-9a-f]{16}$")  # behind the number of the build


def suggests(suggestion: Any, status: int = 200) -> Any:
    """Answers the first request with this, and takes the rest."""
    text = suggestion if isinstance(suggestion, bytes) else json.dumps(suggestion).encode()
    return lambda number: Answer(status, {}, text) if number == 0 else Answer(202, {}, b"{}")


def told(recorder: Recorder) -> dict[str, Any]:
    return {one.path.rsplit("/", 1)[1]: one.json for one in recorder.requests}


def test_a_build_is_suggested_for_run_and_reported(jenkins: Jenkins, recorder: Recorder) -> None:
    recorder.answer = suggests(SUGGESTION)
    began = time.monotonic()
    done = jenkins(PIPELINE, GIT_COMMIT="abc")
    took = time.monotonic() - began
    assert done["failure"] is None
    assert [one.path for one in recorder.requests] == [
        "/api/v1/optimize",
        *(f"/api/v1/builds/{word}" for word in ("start", "step", "complete")),
    ]
    asked, start, step, complete = (one.json for one in recorder.requests)
    assert asked["pipeline"] == "shop"  # the branch of a multibranch job is no pipeline of its own
    assert asked["context"]["tool"] == "cmake"
    assert asked["context"]["cpus"] >= 1
    ran_with = start["configuration"]
    assert (ran_with["concurrency"], ran_with["cache_gb"]) == (3, 2.5)
    assert ran_with["cpus"] == asked["context"]["cpus"]  # the agent's, which no suggestion changes
    assert (start["suggestion_id"], start["commit"], start["branch"]) == ("s-1", "abc", "main")
    assert (step["step"], step["outcome"]) == ("compile", "success")
    assert 0 < step["duration_s"] < took
    assert (complete["outcome"], complete["configuration"]) == ("success", ran_with)
    (run_id,) = {one["run_id"] for one in (start, step, complete)}
    assert UNGUESSED.search(run_id)
    assert {one.headers["authorization"] for one in recorder.requests} == {f"Bearer {KEY}"}


def test_the_environment_of_the_build_holds_the_suggestion(jenkins: Jenkins, recorder: Recorder) -> None:
    recorder.answer = suggests(SUGGESTION)
    done = jenkins(PIPELINE, MAKEFLAGS="-k -j9")
    assert "built with -k -j3 2.5G" in done["lines"]
    names = ("CONCURRENCY", "CPUS", "MEMORY_GB", "CACHE_GB", "SUGGESTION_ID", "PIPELINE")
    assert [done["env"][f"INFRAMIND_{name}"] for name in names] == ["3", "4", "8", "2.5", "s-1", "shop"]
    assert done["env"]["CMAKE_BUILD_PARALLEL_LEVEL"] == "3"
    assert any("3 jobs" in line and "three jobs keep four cores busy" in line for line in done["lines"])


def test_an_agent_that_is_chosen_by_the_suggestion_has_what_was_suggested(jenkins: Jenkins, recorder: Recorder) -> None:
    recorder.answer = suggests(SUGGESTION)
    jenkins(PIPELINE.replace("])", "], objective: 'blend')"))
    assert told(recorder)["optimize"]["objective"] == "blend"
    assert told(recorder)["complete"]["configuration"] == SUGGESTION["configuration"]


def test_the_key_is_in_no_line_of_the_log(jenkins: Jenkins, recorder: Recorder) -> None:
    recorder.answer = suggests(b"{}", 401)
    assert KEY not in json.dumps(jenkins(PIPELINE))


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500, {}, b"oops"),
        Answer(401, {}, b'{"detail": "this key is not known"}'),
        Answer(200, {}, b"<html>garbage</html>\n200"),
        Answer(200, {}, b"[" * 50_000),
        Answer(200, {}, b'{"configuration": {"concurrency": 0, "cpus": 1, "memory_gb": 1}}'),
        Answer(200, {}, b'{"configuration": {"concurrency": "$(reboot)", "cpus": 1, "memory_gb": 1}}'),
        Answer(200, {}, b'{"configuration": 7}'),
        Answer(200, {}, b""),
        Answer(302, {"Location": "http://127.0.0.1:1/"}, b""),
    ],
    ids=["500", "401", "html", "deep", "no-jobs", "words", "number", "empty", "redirect"],
)
def test_no_answer_of_the_platform_fails_a_build(jenkins: Jenkins, recorder: Recorder, answer: Answer) -> None:
    recorder.answer = lambda number: answer
    done = jenkins(PIPELINE)
    assert done["failure"] is None
    cores = done["env"]["INFRAMIND_CONCURRENCY"]
    assert int(cores) >= 1
    assert f"built with -j{cores}" in done["lines"]
    assert "CCACHE_DISABLE" not in done["env"]
    assert "INFRAMIND_SUGGESTION_ID" not in done["env"]
    assert any("no suggestion, so a job for each core" in line for line in done["lines"])


def test_a_platform_that_is_down_costs_next_to_nothing(jenkins: Jenkins, recorder: Recorder) -> None:
    recorder.close()
    began = time.monotonic()
    done = jenkins(PIPELINE.replace("])", "], timeout: 300)").replace("Notify()", "Notify(timeout: 300)"))
    assert done["failure"] is None
    assert time.monotonic() - began < 200  # most of it is the start of Java
    assert "InfraMind: complete is not reported (no answer)" in done["lines"]


def test_a_platform_that_is_slow_is_asked_twice_a_build_at_most(jenkins: Jenkins, recorder: Recorder) -> None:
    def slow(number: int) -> Answer:
        time.sleep(3)
        return Answer(202, {}, b"{}")

    recorder.answer = slow
    done = jenkins(PIPELINE.replace("])", "], timeout: 1)").replace("Notify()", "Notify(timeout: 1)"))
    assert done["failure"] is None
    until(lambda: len(recorder.requests) >= 2)  # the recorder takes note when it has answered
    assert [one.path.rsplit("/", 1)[1] for one in recorder.requests] == ["optimize", "complete"]


def test_a_missing_credential_fails_nothing(jenkins: Jenkins, recorder: Recorder) -> None:
    done = jenkins(PIPELINE.replace("])", "], credentialsId: 'nobody')"))
    assert done["failure"] is None
    assert "InfraMind: Could not find credentials entry with ID 'nobody'" in done["lines"]
    assert int(done["env"]["INFRAMIND_CONCURRENCY"]) >= 1


def test_without_an_address_the_build_runs_with_its_defaults(jenkins: Jenkins, recorder: Recorder) -> None:
    done = jenkins(PIPELINE.replace("])", "], defaults: [concurrency: 7])"), INFRAMIND_URL="")
    assert (done["failure"], done["env"]["INFRAMIND_CONCURRENCY"]) == (None, "7")
    assert recorder.requests == []


def test_an_agent_without_a_shell_runs_with_its_defaults(jenkins: Jenkins, recorder: Recorder) -> None:
    done = jenkins(PIPELINE.replace("sh 'echo", "echo 'echo"), unix=False)
    assert done["failure"] is None
    assert recorder.requests == []
    assert "InfraMind: agents with sh only" in done["lines"]


def test_a_failure_of_the_body_is_reported_and_stays_a_failure(jenkins: Jenkins, recorder: Recorder) -> None:
    done = jenkins("inframindStage(name: 'compile') { sh 'exit 3' }")
    assert done["failure"] == "AbortException: script returned exit code 3"
    step = told(recorder)["step"]
    assert (step["outcome"], step["exit_code"]) == ("failed", 3)


def test_a_step_that_takes_too_long_is_reported_as_that(jenkins: Jenkins, recorder: Recorder) -> None:
    done = jenkins("inframindStage(name: 'compile') { abort 'timeout' }")
    assert done["failure"].startswith("FlowInterruptedException")
    assert told(recorder)["step"]["outcome"] == "timed_out"
    assert done["env"]["INFRAMIND_TIMED_OUT"] == "1"


def test_a_build_that_somebody_aborts_is_left_to_be_closed(jenkins: Jenkins, recorder: Recorder) -> None:
    done = jenkins("try { inframindStage(name: 'x') { abort 'user' } } finally { inframindNotify() }", result="ABORTED")
    assert done["failure"].startswith("FlowInterruptedException")
    assert recorder.requests == []


def test_an_abort_in_the_midst_of_a_report_is_passed_on(jenkins: Jenkins) -> None:
    script = "new io.inframind.TrackedBuild(this, [:]).harmless { abort 'user' }"
    assert jenkins(script)["failure"].startswith("FlowInterruptedException")


@pytest.mark.parametrize(
    ("result", "outcome"), [("SUCCESS", "success"), ("UNSTABLE", "success"), ("FAILURE", "failed")]
)
def test_the_result_of_the_build_is_its_outcome(
    jenkins: Jenkins, recorder: Recorder, result: str, outcome: str
) -> None:
    jenkins("inframindNotify()", result=result)
    assert told(recorder)["complete"]["outcome"] == outcome


def test_what_the_agents_group_counted_is_reported(jenkins: Jenkins, recorder: Recorder, tmp_path: Path) -> None:
    own = next(line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::"))
    group = tmp_path / own.lstrip("/")
    group.mkdir(parents=True, exist_ok=True)
    counters = {
        "memory.current": "1",
        "memory.max": "2000000000",
        "cpu.max": "150000 100000",
        "cpu.stat": "usage_usec 1000000\nuser_usec 1",
        "memory.events": "oom 0\noom_kill 0\noom_group_kill 0",
        "io.stat": "8:0 rbytes=1000 wbytes=0 rios=1 wios=0",
    }
    for name, text in counters.items():
        (group / name).write_text(text + "\n")
    after = f"echo usage_usec 4000000 > {group}/cpu.stat; echo oom_kill 1 > {group}/memory.events"
    done = jenkins(f"inframindOptimize()\ninframindStage {{ sh '{after}; exit 2' }}", INFRAMIND_CGROUPS=str(tmp_path))
    assert done["failure"] == "AbortException: script returned exit code 2"
    assert (done["env"]["INFRAMIND_CPUS"], done["env"]["INFRAMIND_MEMORY_GB"]) == ("1.5", "2")
    step = told(recorder)["step"]
    assert (step["outcome"], step["cpu_seconds"]) == ("out_of_memory", 3)


def test_where_numbers_are_written_with_a_comma_they_are_sent_with_a_point(
    jenkins: Jenkins, recorder: Recorder, tmp_path: Path
) -> None:
    jenkins(PIPELINE, PATH=f"{put_german_awk(tmp_path / 'bin')}:{os.environ['PATH']}")
    assert recorder.requests[0].json["context"]["cpus"] >= 1


def test_the_example_pipeline_builds_a_project(jenkins: Jenkins, recorder: Recorder, tmp_path: Path) -> None:
    recorder.answer = suggests(SUGGESTION)
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\nproject(p CXX)\nenable_testing()\nadd_library(p one.cpp two.cpp)\n"
    )
    for name in ("one", "two"):
        (tmp_path / f"{name}.cpp").write_text(f"int {name}() {{ return 1; }}\n")
    done = jenkins((ROOT / "infra/jenkins/Jenkinsfile").read_text(), CCACHE_DIR=str(tmp_path / "cache"))
    assert (done["failure"], done["result"]) == (None, "SUCCESS"), done["lines"]
    steps = [one.json for one in recorder.requests if one.path.endswith("/step")]
    assert [one["step"] for one in steps] == ["configure", "compile", "test"]
    assert (steps[1]["cache_hits"], steps[1]["cache_misses"]) == (0, 2)
    assert told(recorder)["complete"]["outcome"] == "success"


def test_the_example_pipeline_reports_a_build_that_failed(jenkins: Jenkins, recorder: Recorder) -> None:
    done = jenkins((ROOT / "infra/jenkins/Jenkinsfile").read_text())  # there is nothing to build
    assert done["result"] == "FAILURE"
    assert told(recorder)["complete"]["outcome"] == "failed"
