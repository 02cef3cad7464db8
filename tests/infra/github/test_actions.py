"""The GitHub actions: their steps, taken out of the YAML, run as a runner runs them."""

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.agent.recorder import Answer, Recorder
from tests.infra.github.running import EXPRESSION, FOLDER, left_in, put_python, run_action

ACTIONS = ["action.yml", "start/action.yml", "complete/action.yml"]
SUGGESTION = {
    "id": "s-1",
    "configuration": {"concurrency": 3, "cpus": 4.0, "memory_gb": 8, "cache_gb": 2.5},
    "reason": "three jobs\n::add-path::/tmp/evil",
    "is_default": False,
}
UNGUESSED = re.compile("linux-[0-9a-f]{16}")
Step = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def use(recorder: Recorder, tmp_path: Path) -> Step:
    """Runs the steps of an action with inputs, with the environment that earlier steps left, as one job on a runner."""
    put_python(tmp_path)

    def run(name: str, status: str = "success", **inputs: str) -> "subprocess.CompletedProcess[str]":
        variables = {word: value for word, value in inputs.items() if word.isupper()}
        given = {word: value for word, value in inputs.items() if not word.isupper()}
        return run_action(tmp_path, name, given, status, variables)

    return run


def suggests(suggestion: Any, status: int = 200) -> Any:
    text = suggestion if isinstance(suggestion, bytes) else json.dumps(suggestion).encode()
    return lambda number: Answer(status, {}, text) if number == 0 else Answer(202, {}, b"{}")


def words(recorder: Recorder) -> list[str]:
    return [one.path.rsplit("/", 1)[1] for one in recorder.requests]


def test_a_build_runs_with_what_is_suggested_and_is_reported(use: Step, recorder: Recorder) -> None:
    recorder.answer = suggests(SUGGESTION)
    lines = 'set -u\necho "with -j{concurrency} $MAKEFLAGS ${INFRAMIND_CPUS}"\n'
    done = use("action.yml", url=recorder.url, key="im_1_secret", run=lines)
    assert (done.returncode, done.stdout) == (0, "with -j3 -j3 4\n")
    assert words(recorder) == ["optimize", "start", "step", "complete"]
    asked, start, step, complete = (one.json for one in recorder.requests)
    assert (asked["pipeline"], asked["objective"]) == ("team/shop/build/linux", "time")
    assert (start["repository"], start["branch"], start["commit"]) == ("team/shop", "main", "abc")
    assert (step["step"], start["context"]["tool"]) == ("set", "set")
    assert complete["configuration"]["concurrency"] == 3
    assert complete["suggestion_id"] == "s-1"
    assert {one.headers["authorization"] for one in recorder.requests} == {"Bearer im_1_secret"}


def test_no_line_of_an_answer_is_a_command_to_the_runner(use: Step, recorder: Recorder) -> None:
    recorder.answer = suggests(SUGGESTION)
    done = use("action.yml", url=recorder.url, run="true")
    assert not [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("::")]


@pytest.mark.parametrize(
    "answer",
    [Answer(500, {}, b"oops"), Answer(401, {}, b"{}"), Answer(200, {}, b"<html>"), Answer(200, {}, b"")],
    ids=["500", "401", "html", "empty"],
)
def test_no_answer_of_the_platform_fails_a_build(use: Step, recorder: Recorder, answer: Answer) -> None:
    recorder.answer = lambda number: answer
    done = use("action.yml", url=recorder.url, run="echo -j{concurrency}\nfalse\necho unreached")
    assert (done.returncode, done.stdout) == (1, f"-j{len(os.sched_getaffinity(0))}\n")


def test_a_platform_that_is_down_fails_nothing(use: Step, recorder: Recorder, tmp_path: Path) -> None:
    recorder.close()
    assert use("action.yml", url=recorder.url, run="echo built").stdout == "built\n"
    assert use("start/action.yml", url=recorder.url).returncode == 0
    assert int(left_in(tmp_path / "env")["INFRAMIND_CONCURRENCY"]) >= 1
    assert use("complete/action.yml", url=recorder.url).returncode == 0


def test_without_python_the_build_runs_unwatched(use: Step, recorder: Recorder, tmp_path: Path) -> None:
    for name in ("python3", "python"):
        (tmp_path / "bin" / name).unlink(missing_ok=True)
        (tmp_path / "bin" / name).write_text("#!/bin/sh\nexit 127\n")
        (tmp_path / "bin" / name).chmod(0o755)
    done = use("action.yml", url=recorder.url, run="echo -j{concurrency}; exit 3")
    assert done.returncode == 3
    assert f"-j{os.cpu_count()}" in done.stdout
    assert "::warning" in done.stdout
    assert use("start/action.yml", url=recorder.url).returncode == 0
    assert recorder.requests == []


def test_steps_between_start_and_complete_find_the_suggestion(use: Step, recorder: Recorder, tmp_path: Path) -> None:
    recorder.answer = suggests(SUGGESTION)
    assert use("start/action.yml", url=recorder.url, key="im_1_secret", tool="cmake").returncode == 0
    left = left_in(tmp_path / "env")
    assert (left["CMAKE_BUILD_PARALLEL_LEVEL"], left["CCACHE_MAXSIZE"]) == ("3", "2.5G")
    assert "INFRAMIND_KEY" not in left
    use("action.yml", url=recorder.url, run="echo -j{concurrency}", step="compile")
    use("complete/action.yml", url=recorder.url)
    assert words(recorder) == ["optimize", "start", "step", "complete"]
    _, start, step, complete = (one.json for one in recorder.requests)
    assert {one["run_id"] for one in (start, step, complete)} == {left["INFRAMIND_RUN_ID"]}
    assert UNGUESSED.fullmatch(left["INFRAMIND_RUN_ID"].removeprefix("github-99-1-"))
    assert {one["pipeline"] for one in (start, step, complete)} == {"team/shop/build/linux"}
    assert step["step"] == "compile"
    ran_with = complete["configuration"]
    assert (ran_with["concurrency"], ran_with["cache_gb"]) == (3, 2.5)
    assert ran_with["cpus"] == len(os.sched_getaffinity(0))
    assert complete["duration_s"] >= step["duration_s"]


@pytest.mark.parametrize(("status", "outcomes"), [("failure", ["failed"]), ("cancelled", [])])
def test_the_status_of_the_job_is_the_outcome(use: Step, recorder: Recorder, status: str, outcomes: list[str]) -> None:
    use("start/action.yml", url=recorder.url)
    use("complete/action.yml", status, url=recorder.url)
    assert [one.json["outcome"] for one in recorder.requests if one.path.endswith("complete")] == outcomes


def test_the_key_can_come_from_the_parameter_store(use: Step, recorder: Recorder, tmp_path: Path) -> None:
    (tmp_path / "bin/aws").write_text('#!/bin/sh\n[ "$1 $2 $4" = "ssm get-parameter /ci/key" ] && echo im_2_other\n')
    (tmp_path / "bin/aws").chmod(0o755)
    done = use("action.yml", url=recorder.url, run="true", key_parameter="/ci/key")
    assert {one.headers["authorization"] for one in recorder.requests} == {"Bearer im_2_other"}
    assert done.stdout.splitlines() == ["::add-mask::im_2_other"]


def test_a_parameter_that_cannot_be_read_is_said_and_fails_nothing(
    use: Step, recorder: Recorder, tmp_path: Path
) -> None:
    (tmp_path / "bin/aws").write_text("#!/bin/sh\nexit 254\n")
    (tmp_path / "bin/aws").chmod(0o755)
    done = use("action.yml", url=recorder.url, run="echo built", key_parameter="/ci/key")
    assert done.returncode == 0
    assert "the parameter /ci/key cannot be read" in done.stdout
    assert not any("authorization" in one.headers for one in recorder.requests)


def test_the_builds_own_environment_has_nothing_of_the_action(use: Step, recorder: Recorder) -> None:
    done = use("action.yml", url=recorder.url, key="im_1_secret", run="env | grep ^INPUT_ || echo none")
    assert done.stdout == "none\n"


@pytest.mark.parametrize("name", ACTIONS)
def test_every_input_is_used_and_every_use_is_an_input(name: str) -> None:
    action = yaml.safe_load((FOLDER / name).read_text())
    assert {"name", "description", "inputs", "runs"} <= set(action) <= {"author", "branding"} | {
        "name", "description", "inputs", "runs",
    }  # fmt: skip
    used = set(EXPRESSION.findall(" ".join(action["runs"]["steps"][0]["env"].values()))) - {"job.status"}
    assert used == {f"inputs.{word}" for word in action["inputs"]}
    assert action["runs"]["using"] == "composite"
    for one in action["inputs"].values():
        assert set(one) <= {"description", "required", "default"}
    for step in action["runs"]["steps"]:
        assert set(step) <= {"id", "shell", "run", "env", "name", "if"}
        assert "${{" not in step["run"], "an input in a script is an injection"
