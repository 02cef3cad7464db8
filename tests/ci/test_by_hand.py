"""A build reported piece by piece, and a suggestion asked for by itself."""

import json
import os
import socket
import subprocess
import sys

import pytest

from tests.ci.conftest import PACKAGE, Once
from tests.ci.test_run import SUGGESTION, bodies, suggests
from tests.infra.agent.recorder import Answer, Recorder


def test_a_build_can_be_reported_by_hand(once: Once, recorder: Recorder) -> None:
    lines = once("start", "--format", "env", "--tool", "gradle").stdout.splitlines()
    known = dict(line.split("=", 1) for line in lines)
    known |= {
        "INFRAMIND_CONCURRENCY": "3",
        "INFRAMIND_CPUS": "4",
        "INFRAMIND_MEMORY_GB": "8",
        "INFRAMIND_CACHE_GB": "0",
    }
    once("step", "compile", "--duration", "12.5", "--outcome", "out_of_memory", **known)
    once("complete", "--outcome", "failed", **known, INFRAMIND_SUGGESTION_ID="s-1")
    told = bodies(recorder)
    assert told["start"]["context"]["tool"] == "gradle"
    assert (told["step"]["step"], told["step"]["outcome"], told["step"]["duration_s"]) == (
        "compile",
        "out_of_memory",
        12.5,
    )
    assert told["complete"]["configuration"] == {"concurrency": 3, "cpus": 4, "memory_gb": 8, "cache_gb": 0}
    assert told["complete"]["suggestion_id"] == "s-1"
    assert 0 <= told["complete"]["duration_s"] < 600
    assert {one["run_id"] for one in told.values()} == {known["INFRAMIND_RUN_ID"]}


def test_the_start_prints_the_runs_name_alone(once: Once, recorder: Recorder) -> None:
    printed = once("start").stdout.strip()
    assert printed == bodies(recorder)["start"]["run_id"]


def test_without_a_run_nothing_is_reported_and_nothing_fails(once: Once, recorder: Recorder) -> None:
    done = once("complete")
    assert (done.returncode, recorder.requests) == (0, [])
    assert "INFRAMIND_RUN_ID is not set" in done.stderr


def test_a_suggestion_is_printed_as_it_was_answered(once: Once, recorder: Recorder) -> None:
    recorder.answer = suggests(SUGGESTION)
    assert json.loads(once("optimize").stdout) == SUGGESTION


def test_a_suggestion_becomes_variables_of_a_shell(once: Once, recorder: Recorder) -> None:
    recorder.answer = suggests(SUGGESTION)
    printed = once("optimize", "--format", "shell", MAKEFLAGS="-k V='1;2' -j9").stdout
    script = f'{printed}\necho "$MAKEFLAGS|$INFRAMIND_SUGGESTION_ID"'
    found = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert found == "-k V='1;2' -j3|s-1\n"


def test_an_answer_cannot_smuggle_a_line_into_a_file_of_variables(once: Once, recorder: Recorder) -> None:
    evil = "\nLD_PRELOAD=/tmp/evil.so\n::add-path::/tmp"
    recorder.answer = suggests(SUGGESTION | {"id": f"s-1{evil}", "reason": evil})
    done = once("optimize", "--format", "env")
    names = [line.partition("=")[0] for line in done.stdout.splitlines()]
    assert len(done.stderr.splitlines()) == 1
    assert "LD_PRELOAD" not in names


def test_a_silent_platform_leaves_the_defaults(once: Once, recorder: Recorder) -> None:
    recorder.answer = lambda number: Answer(500)
    answer = json.loads(once("optimize").stdout)
    assert answer["configuration"]["concurrency"] == len(os.sched_getaffinity(0))
    assert answer["is_default"] is True
    assert answer["reason"].startswith("no suggestion: 500")


def test_the_key_is_carried_nowhere_else(once: Once, recorder: Recorder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.settimeout(0.5)
        address = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"
        recorder.answer = lambda number: Answer(302, {"Location": address})
        once("optimize")
        with pytest.raises(TimeoutError):
            elsewhere.accept()


def test_what_is_not_ci_says_in_one_line_that_it_needs_numpy() -> None:
    program = [sys.executable, "-S", "-m", "inframind.cli", "--help"]
    done = subprocess.run(program, env={"PYTHONPATH": PACKAGE}, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr
        == "inframind: backtests need the package numpy; without it, 'inframind ci --help' is what there is\n"
    )
