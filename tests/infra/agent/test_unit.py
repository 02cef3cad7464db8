"""The agent's own tests, in C++, under the address and undefined-behaviour sanitizers."""

import os
import subprocess

from tests.infra.agent.building import build


def test_the_unit_tests_pass_under_the_sanitizers() -> None:
    program = build("asan") / "tests/agent-tests"
    strict = {"UBSAN_OPTIONS": "print_stacktrace=1", "ASAN_OPTIONS": "detect_stack_use_after_return=1"}
    done = subprocess.run(
        [str(program)], capture_output=True, text=True, timeout=600, check=False, env=dict(os.environ) | strict
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "All tests passed" in done.stdout


def test_the_whole_agent_runs_clean_under_the_sanitizers() -> None:
    program = build("asan") / "inframind-agent"
    for arguments in (
        ["--once"],
        ["--once", "--format", "json"],
        ["--print-config"],
        ["--exec", "true"],
        ["--set", "x=y"],
    ):
        done = subprocess.run([str(program), *arguments], capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode in (0, 3), done.stderr
        assert "Sanitizer" not in done.stderr
        assert "runtime error" not in done.stderr
