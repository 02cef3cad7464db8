"""The GitLab component: its scripts, taken out of the YAML, run as a runner runs them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from inframind.optimization.asking import OptimizeWanted
from inframind.optimization.wire import CompletionTold, StartTold, StepTold
from tests.infra.agent.recorder import Answer, Recorder
from tests.infra.gitlab.conftest import Job
from tests.infra.gitlab.running import COMPONENT, INPUT, component, put_german_awk

SUGGESTION = {
    "id": "3f9c1b7a5d20e846",
    "pipeline": "group/shop/compile",
    "configuration": {"concurrency": 6, "cpus": 4.0, "memory_gb": 8.0, "cache_gb": 5.0},
    "default": {"concurrency": 2, "cpus": 2.0, "memory_gb": 8.0, "cache_gb": 0.0},
    "reason": 'six jobs: "configuration":{"concurrency":99}',
    "is_default": False,
}


def suggests(suggestion: Any, status: int = 200) -> Any:
    text = suggestion if isinstance(suggestion, bytes) else json.dumps(suggestion).encode()
    return lambda number: Answer(status, {}, text) if number == 0 else Answer(202, {}, b"{}")


def test_a_job_is_suggested_for_and_reported(job: Job, recorder: Recorder) -> None:
    recorder.answer = suggests(SUGGESTION)
    done = job("echo with $INFRAMIND_CONCURRENCY $MAKEFLAGS $CMAKE_BUILD_PARALLEL_LEVEL $CCACHE_MAXSIZE")
    assert done.returncode == 0
    assert "with 6 -j6 6 5.0G" in done.stdout.splitlines()
    asked, start, step, complete = (one.json for one in recorder.requests)
    assert asked["pipeline"] == 'group/shop/compile "all"'
    assert (asked["objective"], asked["release"], asked["context"]["tool"]) == ("time", False, "cmake")
    assert asked["context"]["cpus"] == os.cpu_count()
    (run_id,) = {one["run_id"] for one in (start, step, complete)}
    assert run_id.rpartition("-")[0] == "gitlab-gitlab.example.com-77"
    assert start["suggestion_id"] == complete["suggestion_id"] == SUGGESTION["id"]
    ran_with = complete["configuration"]
    assert (ran_with["concurrency"], ran_with["cache_gb"], ran_with["cpus"]) == (6, 5, os.cpu_count())
    assert (step["outcome"], complete["outcome"]) == ("success", "success")
    assert {one.headers["authorization"] for one in recorder.requests} == {"Bearer im_1_secret"}


def test_nobody_without_the_jobs_token_can_tell_what_its_build_will_be_called(job: Job, recorder: Recorder) -> None:
    printed = [job("echo run $INFRAMIND_RUN_ID", CI_JOB_TOKEN=token).stdout for token in ("glcbt-1", "glcbt-2")]
    told = {one.json["run_id"] for one in recorder.requests if one.path.endswith("complete")}
    assert {line.removeprefix("run ") for text in printed for line in text.splitlines() if line[:4] == "run "} == told
    assert len({run_id.removeprefix("gitlab-gitlab.example.com-77-") for run_id in told}) == 2
    assert not any("glcbt" in run_id for run_id in told)


def test_the_platforms_own_form_of_an_event_is_kept(job: Job, recorder: Recorder) -> None:
    recorder.answer = suggests(SUGGESTION)
    job("true")
    forms: tuple[type[BaseModel], ...] = (OptimizeWanted, StartTold, StepTold, CompletionTold)
    for form, request in zip(forms, recorder.requests, strict=True):
        form.model_validate_json(request.body)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500, {}, b"oops"),
        Answer(401, {}, b"{}"),
        Answer(200, {}, b"<html>"),
        Answer(200, {}, b'{"configuration": {"concurrency": "$(reboot)", "cpus": 1, "memory_gb": 1}}'),
        Answer(200, {}, b'{"configuration": {"concurrency": 1e9, "cpus": 1, "memory_gb": 1}}'),
        Answer(200, {}, b'{"configuration": {"concurrency": 4}}'),
        Answer(200, {}, b""),
        Answer(302, {"Location": "http://127.0.0.1:1/"}, b""),
    ],
    ids=["500", "401", "html", "words", "absurd", "partial", "empty", "redirect"],
)
def test_no_answer_of_the_platform_fails_a_job(job: Job, recorder: Recorder, answer: Answer) -> None:
    recorder.answer = lambda number: answer
    done = job("echo with -j$INFRAMIND_CONCURRENCY; exit 4")
    assert done.returncode == 4
    assert f"with -j{os.cpu_count()}" in done.stdout
    assert "no suggestion, so a job for each core" in done.stdout


def test_a_platform_that_is_down_fails_nothing(job: Job, recorder: Recorder) -> None:
    recorder.close()
    done = job("echo with -j$INFRAMIND_CONCURRENCY")
    assert done.returncode == 0
    assert "the build is not reported" in done.stdout


def test_an_image_without_curl_fails_nothing(job: Job, recorder: Recorder, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "bash", "sed", "awk", "tr", "cat", "date", "rm", "mktemp", "nproc"):
        (programs / name).symlink_to(f"/usr/bin/{name}")
    done = job("echo with -j$INFRAMIND_CONCURRENCY", PATH=str(programs))
    assert done.returncode == 0
    assert f"with -j{os.cpu_count()}" in done.stdout


def test_a_failure_stays_one_and_is_reported_as_such(job: Job, recorder: Recorder) -> None:
    recorder.answer = suggests(SUGGESTION)
    assert job("exit 3").returncode == 3
    assert recorder.requests[-1].json["outcome"] == "failed"


def test_a_canceled_job_is_left_to_be_closed(job: Job, recorder: Recorder) -> None:
    job("true", status="canceled")
    assert not any(one.path.endswith("complete") for one in recorder.requests)


def test_what_the_containers_group_counted_is_reported(job: Job, recorder: Recorder, tmp_path: Path) -> None:
    own = next(line[3:] for line in Path("/proc/self/cgroup").read_text().splitlines() if line.startswith("0::"))
    group = tmp_path / "groups" / own.lstrip("/")
    group.mkdir(parents=True)
    counters = {"cpu.max": "150000 100000", "memory.max": "2000000000", "cpu.stat": "usage_usec 1000000"}
    for name, text in (counters | {"memory.events": "oom 0\noom_kill 0\noom_group_kill 0"}).items():
        (group / name).write_text(f"{text}\n")
    recorder.answer = suggests(SUGGESTION)
    after = f"echo usage_usec 4000000 > {group}/cpu.stat; echo oom_kill 1 > {group}/memory.events; exit 137"
    job(after, INFRAMIND_CGROUPS=str(tmp_path / "groups"))
    asked, _, step, complete = (one.json for one in recorder.requests)
    assert (asked["context"]["cpus"], asked["context"]["memory_gb"]) == (1.5, 2)
    assert (step["cpu_seconds"], step["outcome"], complete["outcome"]) == (3, "out_of_memory", "out_of_memory")


def test_where_numbers_are_written_with_a_comma_they_are_sent_with_a_point(
    job: Job, recorder: Recorder, tmp_path: Path
) -> None:
    job("true", PATH=f"{put_german_awk(tmp_path / 'bin')}:{os.environ['PATH']}")
    assert recorder.requests[0].json["context"]["cpus"] == os.cpu_count()


def test_the_key_can_come_from_the_parameter_store(job: Job, recorder: Recorder, tmp_path: Path) -> None:
    (tmp_path / "aws").write_text(
        '#!/bin/sh\n[ "$(cat "$AWS_WEB_IDENTITY_TOKEN_FILE")" = token-of-the-job ] && [ "$AWS_ROLE_ARN" = role ] &&\n'
        '[ "$1 $2 $4" = "ssm get-parameter /ci/key" ] && echo im_2_other\n'
    )
    (tmp_path / "aws").chmod(0o755)
    job(
        "true",
        PATH=f"{tmp_path}:{os.environ['PATH']}",
        INFRAMIND_KEY="",
        INFRAMIND_KEY_PARAMETER="/ci/key",
        INFRAMIND_AWS_ROLE="role",
        INFRAMIND_ID_TOKEN="token-of-the-job",
    )
    assert {one.headers["authorization"] for one in recorder.requests} == {"Bearer im_2_other"}


def test_without_a_key_none_is_sent(job: Job, recorder: Recorder) -> None:
    job("true", INFRAMIND_KEY="")
    assert not any("authorization" in one.headers for one in recorder.requests)


def test_every_input_is_used_and_every_use_is_an_input() -> None:
    spec, text = COMPONENT.read_text().split("\n---\n")
    inputs = yaml.safe_load(spec)["spec"]["inputs"]
    assert set(INPUT.findall(text)) == set(inputs)
    for one in inputs.values():
        assert set(one) <= {"description", "default", "options", "type", "regex"}
        assert one["description"]


def test_the_component_adds_no_job_of_its_own() -> None:
    assert all(name.startswith(".") for name in component(url="https://example.com"))
