"""A build under `inframind ci run`: what is reported, what is suggested, and that it is never in the way."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.ci.conftest import Once, until_asked
from tests.infra.agent.recorder import Answer, Recorder
from tests.infra.agent.running import PATIENCE_S, cpu_of_children, until

# Takes memory, says so, waits for the others that eat, and then stays for many looks at it.
EAT = """
import pathlib, sys, time
block = bytearray(150_000_000)
block[::4096] = b'x' * len(block[::4096])
pathlib.Path(sys.argv[1]).touch()
while not all(pathlib.Path(name).exists() for name in sys.argv[1:]):
    time.sleep(0.01)
time.sleep(2.5)
"""
SPIN = "import time; end = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
SUGGESTION = {
    "id": "s-1",
    "configuration": {"concurrency": 3, "cpus": 4, "memory_gb": 8, "cache_gb": 2},
    "duration_s": {"mean": 71.2, "low": 66, "high": 77},
    "reason": "three jobs keep four cores busy",
    "is_default": False,
}


def bodies(recorder: Recorder) -> dict[str, Any]:
    return {one.path.removeprefix("/api/v1/builds/"): one.json for one in recorder.taken}


def suggests(suggestion: Any, status: int = 200) -> Any:
    text = suggestion if isinstance(suggestion, bytes) else json.dumps(suggestion).encode()
    return lambda number: Answer(status, {}, text) if number == 0 else Answer()


def test_a_build_is_reported_from_start_to_end(once: Once, recorder: Recorder) -> None:
    began, before = time.monotonic(), cpu_of_children()
    done = once("run", "--", sys.executable, "-c", SPIN, GIT_BRANCH="main", GIT_COMMIT="abc")
    took, used = time.monotonic() - began, cpu_of_children() - before  # with what the command line itself needs
    assert done.returncode == 0
    assert [one.path for one in recorder.taken] == [f"/api/v1/builds/{word}" for word in ("start", "step", "complete")]
    start, step, complete = (one.json for one in recorder.taken)
    assert (start["pipeline"], start["branch"], start["commit"]) == ("shop/main", "main", "abc")
    assert start["context"]["cpus"] == len(os.sched_getaffinity(0))
    assert {one["run_id"] for one in (start, step, complete)} == {start["run_id"]}
    assert (step["outcome"], step["exit_code"]) == ("success", 0)
    assert 0.4 < step["cpu_seconds"] < used
    assert 0.4 <= step["duration_s"] < took
    assert step["mean_cores"] <= 1.2
    assert (complete["outcome"], complete["duration_s"]) == ("success", step["duration_s"])
    assert {one.headers["authorization"] for one in recorder.taken} == {"Bearer im_1_secret"}
    assert "succeeded in" in done.stderr


def test_the_whole_process_tree_counts(once: Once, recorder: Recorder) -> None:
    eater = f"{sys.executable} -c {shlex.quote(EAT)}"
    assert once("run", "--every", "0.05", "--", f"{eater} one two & {eater} two one & wait").returncode == 0
    step = bodies(recorder)["step"]
    assert 290e6 < step["max_rss_bytes"] < 500e6
    assert step["peak_processes"] >= 3


def test_processes_that_lost_their_parent_count_too(once: Once, recorder: Recorder) -> None:
    orphan = f"({sys.executable} -c {shlex.quote(EAT)} eaten &) ; until [ -e eaten ]; do sleep 0.1; done; sleep 2"
    assert once("run", "--every", "0.05", "--", orphan).returncode == 0
    assert bodies(recorder)["step"]["max_rss_bytes"] > 140e6


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["sh", "-c", "exit 7"], 7),
        (["no-such-program"], 127),
        (["/etc/passwd"], 126),
        (["sh", "-c", "kill -9 $$"], 137),
    ],
    ids=["failed", "missing", "not-executable", "killed"],
)
def test_the_exit_code_is_the_commands(once: Once, recorder: Recorder, command: list[str], code: int) -> None:
    assert once("run", "--", *command).returncode == code
    assert bodies(recorder)["complete"]["outcome"] == "failed"
    assert bodies(recorder)["complete"]["exit_code"] == code


def test_input_and_output_are_the_commands_own(once: Once) -> None:
    done = once("run", "--quiet", "--", "tr", "a-z", "A-Z", given="hello")
    assert (done.stdout, done.stderr) == ("HELLO", "")


def test_a_signal_reaches_the_build_and_leaves_it_to_be_closed(
    arguments: list[str], environment: dict[str, str], recorder: Recorder, tmp_path: Path
) -> None:
    script = f"trap 'echo caught; exit 3' TERM; touch {tmp_path}/up; while :; do sleep 0.05; done"
    process = subprocess.Popen(
        [*arguments, "run", "--", "sh", "-c", script], stdout=subprocess.PIPE, env=environment, text=True
    )
    until(lambda: (tmp_path / "up").exists())
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, output) == (3, "caught\n")
    assert list(bodies(recorder)) == ["start"]


def test_a_build_that_takes_too_long_is_ended_whole(once: Once, recorder: Recorder) -> None:
    began = time.monotonic()
    done = once("run", "--timeout", "0.4", "--", "sh", "-c", "sleep 60; sleep 60")
    assert done.returncode == 143
    assert time.monotonic() - began < 45
    assert bodies(recorder)["complete"]["outcome"] == "timed_out"


def test_a_build_inside_a_build_is_a_step_of_it(once: Once, recorder: Recorder, arguments: list[str]) -> None:
    inner = " ".join([*arguments, "run", "--step", "inner", "--", "true"])
    assert once("run", "--step", "outer", "--", f"{inner} && echo done").returncode == 0
    words = sorted(one.path.rsplit("/", 1)[1] for one in recorder.taken)
    assert words == ["complete", "start", "step", "step"]
    assert len({one.json["run_id"] for one in recorder.taken}) == 1


def test_a_given_run_is_joined(once: Once, recorder: Recorder) -> None:
    once("run", "--step", "unit tests", "--", "true", INFRAMIND_RUN_ID="run-42")
    assert [(one.json["run_id"], one.json["step"]) for one in recorder.taken] == [("run-42", "unit tests")]


def test_without_a_platform_the_build_still_runs(once: Once) -> None:
    done = once("run", "--", "echo", "built", INFRAMIND_URL="")
    assert (done.returncode, done.stdout) == (0, "built\n")
    assert "the build is not reported" in done.stderr


def test_a_platform_that_is_away_costs_patience_and_no_event(once: Once, recorder: Recorder, tmp_path: Path) -> None:
    recorder.answer = lambda number: Answer(503)
    began = time.monotonic()
    done = once("run", "--", "sh", "-c", "exit 5", INFRAMIND_PATIENCE="0.5")
    assert done.returncode == 5
    assert time.monotonic() - began < 45
    assert "kept on disk for the next build" in done.stderr
    assert len(list((tmp_path / "spool").glob("*.json"))) == 3
    assert "im_1_secret" not in "".join(file.read_text() for file in (tmp_path / "spool").iterdir())


def test_what_an_earlier_build_could_not_deliver_is_sent_by_a_later_one(
    once: Once, recorder: Recorder, tmp_path: Path
) -> None:
    recorder.answer = lambda number: Answer(503)
    once("run", "--", "true", INFRAMIND_PATIENCE="0.3")
    for file in (tmp_path / "spool").glob("*.json"):  # as if it were two minutes later
        stamp, _, rest = file.name.partition("-")
        file.rename(file.with_name(f"{int(stamp) - 120 * 10**9:020}-{rest}"))
    tried = len(recorder.requests)
    recorder.answer = lambda number: Answer()
    once(*until_asked(recorder, tried + 4, tmp_path))
    later = [one.json["run_id"] for one in recorder.requests[tried:]]
    assert len(later) == 6
    assert len(set(later)) == 2
    assert list((tmp_path / "spool").iterdir()) == []


def test_what_the_platform_refuses_is_said_and_let_be(once: Once, recorder: Recorder, tmp_path: Path) -> None:
    recorder.answer = lambda number: Answer(401, {}, b'{"detail": "this key is not known"}')
    done = once("run", "--", "true")
    assert done.returncode == 0
    assert "refused an event: 401 Unauthorized: this key is not known" in done.stderr
    assert list((tmp_path / "spool").iterdir()) == []


def test_where_nothing_can_be_kept_the_loss_is_said(once: Once, recorder: Recorder, tmp_path: Path) -> None:
    recorder.answer = lambda number: Answer(503)
    (tmp_path / "file").touch()
    done = once("run", "--", "true", INFRAMIND_SPOOL=str(tmp_path / "file" / "spool"), INFRAMIND_PATIENCE="0.3")
    assert done.returncode == 0
    assert "3 events are lost" in done.stderr


def test_a_suggestion_is_applied_and_its_use_reported(once: Once, recorder: Recorder) -> None:
    recorder.answer = suggests(SUGGESTION)
    line = "echo $MAKEFLAGS $CMAKE_BUILD_PARALLEL_LEVEL $CCACHE_MAXSIZE $INFRAMIND_MEMORY_GB -j{concurrency}"
    done = once("run", "--apply", "--objective", "time", "--context", "num_steps=5", "--", line)
    assert done.stdout.split() == ["-j3", "3", "2G", "8", "-j3"]
    asked = recorder.requests[0].json
    assert (asked["pipeline"], asked["objective"], asked["release"]) == ("shop/main", "time", False)
    assert asked["context"]["num_steps"] == 5
    assert asked["context"]["cpus"] == len(os.sched_getaffinity(0))
    told = bodies(recorder)
    assert told["start"]["suggestion_id"] == told["complete"]["suggestion_id"] == "s-1"
    assert told["complete"]["configuration"]["concurrency"] == 3
    assert "3 jobs, 4 cores, 8 GB memory, 2 GB cache, about 71 s (66 to 77): three jobs keep" in done.stderr


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500, {}, b"oops"),
        Answer(401, {}, b"{}"),
        Answer(200, {}, b"<html>"),
        Answer(200, {}, b"[" * 100_000),
        Answer(200, {}, b'{"configuration": {"concurrency": 1e99, "cpus": 1, "memory_gb": 1}}'),
        Answer(200, {}, b'{"configuration": {"concurrency": 2, "cpus": NaN, "memory_gb": 1}}'),
        Answer(302, {"Location": "http://127.0.0.1:1/"}, b""),
    ],
    ids=["500", "401", "html", "deep", "absurd", "nan", "redirect"],
)
def test_no_answer_of_the_platform_fails_a_build(once: Once, recorder: Recorder, answer: Answer) -> None:
    recorder.answer = lambda number: answer if number == 0 else Answer()
    done = once("run", "--apply", "--", "echo {concurrency}; exit 4")
    assert (done.returncode, done.stdout) == (4, f"{len(os.sched_getaffinity(0))}\n")
    assert "no suggestion: " in done.stderr
    assert "suggestion_id" not in bodies(recorder)["complete"]


def test_a_platform_that_does_not_answer_costs_one_time_limit(once: Once, recorder: Recorder) -> None:
    ended = threading.Event()

    def silent(number: int) -> Answer:
        ended.wait(90 if number == 0 else 0)
        return Answer()

    recorder.answer = silent
    began = time.monotonic()
    done = once("run", "--apply", "--", "echo {concurrency}", INFRAMIND_TIMEOUT="0.4", INFRAMIND_PATIENCE="0.4")
    took = time.monotonic() - began
    ended.set()
    assert (done.returncode, "no suggestion: " in done.stderr) == (0, True)
    assert took < 45


def test_a_default_leaves_the_builds_cache_alone(once: Once, recorder: Recorder) -> None:
    nothing_known = SUGGESTION | {"is_default": True, "configuration": SUGGESTION["configuration"] | {"cache_gb": 0}}  # type: ignore[operator]
    recorder.answer = suggests(nothing_known)
    assert once("run", "--apply", "--", "echo [$CCACHE_DISABLE]").stdout == "[]\n"
    recorder.requests.clear()
    recorder.answer = suggests(nothing_known | {"is_default": False})
    assert once("run", "--apply", "--", "echo [$CCACHE_DISABLE]").stdout == "[1]\n"


def test_a_command_that_insists_on_its_own_jobs_is_reported_with_those(once: Once, recorder: Recorder) -> None:
    recorder.answer = suggests(SUGGESTION)
    done = once("run", "--apply", "--", "make", "-j7", "--version")
    assert bodies(recorder)["complete"]["configuration"]["concurrency"] == 7
    assert "write -j{concurrency}" in done.stderr


def test_a_tag_is_built_as_a_release(once: Once, recorder: Recorder) -> None:
    once("run", "--apply", "--", "true", CI_COMMIT_TAG="v1")
    assert recorder.requests[0].json["release"] is True
    assert bodies(recorder)["complete"]["release"] is True


def test_a_cache_that_was_suggested_and_that_nothing_asked_counts_and_the_log_says_so(
    once: Once, recorder: Recorder
) -> None:
    recorder.answer = suggests(SUGGESTION)
    done = once("run", "--apply", "--", "sh", "-c", "true # -j3")
    assert "nothing was compiled through ccache" in done.stderr
    assert bodies(recorder)["complete"]["configuration"]["cache_gb"] == 2  # so that it is seen to bring nothing


def test_a_compilers_cache_is_counted(once: Once, recorder: Recorder, tmp_path: Path) -> None:
    assert shutil.which("ccache"), "infra/agent/packages.txt names ccache"
    (tmp_path / "one.c").write_text("int one(void) { return 1; }\n")
    line = "ccache gcc -c one.c -o one.o && ccache gcc -c one.c -o two.o"
    cache = {"CCACHE_DIR": str(tmp_path / "cache"), "CCACHE_MAXSIZE": "500M"}
    done = once("run", "--concurrency", "1", "--", line, **cache)
    assert done.returncode == 0
    step, complete = bodies(recorder)["step"], bodies(recorder)["complete"]
    assert (step["cache_hits"], step["cache_misses"]) == (1, 1)
    assert complete["configuration"]["cache_gb"] == 0.5
    assert "1 of 2 compilations from the cache" in done.stderr


def test_a_build_that_does_not_want_to_end_is_killed(
    arguments: list[str], environment: dict[str, str], recorder: Recorder
) -> None:
    quick = (
        "import sys; from inframind.ci import running, __main__ as ci\n"
        "running.GRACE_S = 0.3; sys.exit(ci.main(sys.argv[1:]))"
    )
    stubborn = "trap '' TERM; sleep 300; sleep 300"
    # Two seconds, in which the shell has set its trap on a slow machine as well.
    command = [sys.executable, "-c", quick, "run", "--timeout", "2", "--", "sh", "-c", stubborn]
    assert subprocess.run(command, env=environment, timeout=PATIENCE_S).returncode == 137
    assert bodies(recorder)["complete"]["outcome"] == "timed_out"
