"""A build under the agent: what is reported, and that it is never in the way."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.infra.agent.conftest import Once
from tests.infra.agent.recorder import Answer, Posted, Recorder
from tests.infra.agent.running import PATIENCE_S, cpu_of_children, environment, until

# Both eat before either goes on, and then stay for many of the agent's looks.
EAT = """
import pathlib, sys, time
block = bytearray(200_000_000)
block[::4096] = b'x' * len(block[::4096])
pathlib.Path(sys.argv[1]).touch()
while not all(pathlib.Path(name).exists() for name in ('one', 'two')):
    time.sleep(0.01)
time.sleep(2)
"""
SPIN = "import time; end = time.process_time() + 0.5\nwhile time.process_time() < end: pass"


def wrapped(recorder: Recorder, *command: str, **settings: str) -> list[str]:
    """Arguments that run a command under the agent, which looks often."""
    given = {
        "platform.url": recorder.url,
        "exec.every": "50ms",
        "exec.patience": "1m",
        "platform.timeout": "1m",
        "remote_write.first_pause": "50ms",
    }
    return [*(f"--set={name}={value}" for name, value in (given | settings).items()), "--exec", *command]


def events(recorder: Recorder) -> dict[str, Posted]:
    return {one.path.removeprefix("/api/v1/builds/"): one for one in recorder.taken}


def test_a_build_is_reported_from_start_to_end(once: Once, recorder: Recorder) -> None:
    before = cpu_of_children()
    done = once(
        *wrapped(recorder, sys.executable, "-c", SPIN),
        INFRAMIND_API_KEY="im_1_secret",
        JOB_NAME="shop/main",
        GIT_BRANCH="main",
    )
    used = cpu_of_children() - before  # the agent's own is in it
    assert done.returncode == 0
    assert [one.path for one in recorder.taken] == [f"/api/v1/builds/{word}" for word in ("start", "step", "complete")]
    start, step, complete = (one.json for one in recorder.taken)
    assert start["pipeline"] == "shop/main"
    assert start["branch"] == "main"
    assert start["context"]["tool"] == Path(sys.executable).name
    assert start["context"]["cpus"] == os.cpu_count()
    assert {one["run_id"] for one in (start, step, complete)} == {start["run_id"]}
    assert re.fullmatch(r".+-\d{13}-[0-9a-f]{16}", start["run_id"]), "nobody may know it before"
    assert (step["outcome"], step["exit_code"]) == ("success", 0)
    assert 0.4 < step["cpu_seconds"] < used
    assert step["duration_s"] >= 0.4
    assert (complete["outcome"], complete["exit_code"]) == ("success", 0)
    assert recorder.taken[0].headers["authorization"] == "Bearer im_1_secret"
    assert recorder.taken[0].headers["content-type"] == "application/json"


def test_the_pipeline_is_named_as_the_ci_integrations_name_it(once: Once, recorder: Recorder) -> None:
    def pipeline(*words: str, **variables: str) -> str:
        recorder.requests.clear()
        once(*words, *wrapped(recorder, "true"), **variables)
        (name,) = {one.json["pipeline"] for one in recorder.taken}
        return str(name)

    job = {"JOB_NAME": "team/shop/main", "GITHUB_REPOSITORY": "other"}
    assert pipeline(INFRAMIND_PIPELINE="team/web", **job) == "team/web"
    assert pipeline("--set", "exec.pipeline=own", INFRAMIND_PIPELINE="team/web", **job) == "own"
    assert pipeline(**job) == "team/shop/main"
    assert pipeline(BRANCH_NAME="main", **job) == "team/shop"
    assert pipeline(CI_PROJECT_PATH="group/shop", INFRAMIND_PIPELINE="") == "group/shop"


def test_the_key_of_a_ci_job_is_sent_where_the_agent_has_none(once: Once, recorder: Recorder) -> None:
    once(*wrapped(recorder, "true"), INFRAMIND_KEY="im_2_ci")
    once(*wrapped(recorder, "true"), INFRAMIND_KEY="im_2_ci", INFRAMIND_API_KEY="im_1_agent")
    assert [one.headers["authorization"][-2:] for one in recorder.taken] == 3 * ["ci"] + 3 * ["nt"]


def test_the_whole_process_tree_counts(once: Once, recorder: Recorder) -> None:
    eater = f"{sys.executable} -c {shlex.quote(EAT)}"
    assert once(*wrapped(recorder, f"{eater} one & {eater} two & wait")).returncode == 0
    step = events(recorder)["step"].json
    assert step["max_rss_bytes"] > 380e6
    assert step["max_rss_gb"] == pytest.approx(step["max_rss_bytes"] / 1e9, abs=0.001)
    assert step["peak_processes"] >= 3


def test_the_exit_code_is_the_commands(once: Once, recorder: Recorder) -> None:
    assert once(*wrapped(recorder, "sh", "-c", "exit 7")).returncode == 7
    assert events(recorder)["complete"].json["outcome"] == "failed"
    assert once(*wrapped(recorder, "no-such-program")).returncode == 127
    assert once(*wrapped(recorder, "/etc/passwd")).returncode == 126
    assert once(*wrapped(recorder, "sh", "-c", "kill -9 $$")).returncode == 137


def test_a_signal_reaches_the_build(program: Path, recorder: Recorder, tmp_path: Path) -> None:
    script = f"trap 'echo caught; exit 3' TERM; touch {tmp_path}/up; while :; do sleep 0.05; done"
    command = [str(program), *wrapped(recorder, "sh", "-c", script)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment({}))
    until(lambda: (tmp_path / "up").exists())
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, output) == (3, b"caught\n")


def test_input_and_output_are_the_commands_own(program: Path, recorder: Recorder) -> None:
    command = [str(program), *wrapped(recorder, "tr", "a-z", "A-Z")]
    done = subprocess.run(command, input=b"hello", capture_output=True, env=environment({}), check=True)
    assert done.stdout == b"HELLO"
    assert done.stderr == b""


def test_a_build_inside_a_build_is_a_step_of_it(once: Once, program: Path, recorder: Recorder) -> None:
    inner = " ".join([str(program), *wrapped(recorder, "true")])
    assert once(*wrapped(recorder, f"{inner} && echo done")).returncode == 0
    words = [one.path.rsplit("/", 1)[1] for one in recorder.taken]
    assert sorted(words) == ["complete", "start", "step", "step"]
    assert len({one.json["run_id"] for one in recorder.taken}) == 1


def test_a_given_run_is_joined(once: Once, recorder: Recorder) -> None:
    once(*wrapped(recorder, "true", **{"exec.step": "unit tests"}), INFRAMIND_RUN_ID="run-42")
    once("--run-id", "run-43", *wrapped(recorder, "true"))
    assert [(one.json["run_id"], one.json["step"]) for one in recorder.taken] == [
        ("run-42", "unit tests"),
        ("run-43", "true"),
    ]


def test_the_platform_being_away_costs_the_build_nothing_but_patience(once: Once, recorder: Recorder) -> None:
    recorder.close()
    began = time.monotonic()
    done = once(*wrapped(recorder, "sh", "-c", "exit 5", **{"exec.patience": "2s"}))
    assert done.returncode == 5
    assert time.monotonic() - began < 45
    messages = [json.loads(line)["message"] for line in done.stderr.splitlines()]
    assert messages == ["the platform does not take requests; they wait", "the build's events are lost"]


def test_undelivered_events_wait_in_the_spool_for_the_agent(
    once: Once, agent: object, recorder: Recorder, tmp_path: Path
) -> None:
    recorder.answer = lambda number: Answer(503)
    spool = tmp_path / "spool"
    once(*wrapped(recorder, "true", **{"exec.patience": "300ms", "buffer.spool": str(spool)}))
    assert len(list(spool.glob("*.parcel"))) == 3
    recorder.answer = lambda number: Answer()
    assert callable(agent)
    agent({"platform": {"url": recorder.url}, "buffer": {"spool": str(spool)}, "interval": "1h"})
    until(lambda: len(recorder.taken) == 3)
    assert [one.path.rsplit("/", 1)[1] for one in recorder.taken] == ["start", "step", "complete"]


def test_without_a_platform_the_build_still_runs(once: Once) -> None:
    done = once("--exec", "echo", "built")
    assert (done.returncode, done.stdout) == (0, "built\n")
    assert "the build is not reported" in done.stderr
