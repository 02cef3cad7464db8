"""The command line run as a CI system runs it, against a server that records what it is told."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cloudformation import ROOT
from tests.infra.agent.recorder import Answer, Recorder

Once = Callable[..., "subprocess.CompletedProcess[str]"]
PACKAGE = str(ROOT / "layers/core")


@pytest.fixture
def environment(recorder: Recorder, tmp_path: Path) -> dict[str, str]:
    """What a job on a runner has set, and nothing of the machine that runs this test."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "PYTHONPATH": PACKAGE,
        "INFRAMIND_URL": recorder.url,
        "INFRAMIND_KEY": "im_1_secret",
        "INFRAMIND_SPOOL": str(tmp_path / "spool"),
        "INFRAMIND_TIMEOUT": "60",
        "INFRAMIND_PATIENCE": "60",
        "JOB_NAME": "shop/main",
    }


@pytest.fixture
def arguments() -> list[str]:
    """How the command line is started."""
    return [sys.executable, "-m", "inframind.ci"]


@pytest.fixture
def once(environment: dict[str, str], arguments: list[str], tmp_path: Path) -> Once:
    """Runs it to its end."""

    def run(*words: str, given: str = "", **variables: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*arguments, *words],
            env=environment | variables,
            cwd=tmp_path,
            input=given,
            capture_output=True,
            text=True,
            timeout=600,
        )

    return run


def until_asked(recorder: Recorder, count: int, folder: Path) -> list[str]:
    """Arguments that run a build which lasts until the platform has been asked so many times."""
    usual, enough = recorder.answer, folder / "asked-enough"

    def answer(number: int) -> Answer:
        if number + 1 >= count:
            enough.touch()
        return usual(number)

    recorder.answer = answer
    return ["run", "--", "sh", "-c", f"until [ -e '{enough}' ]; do sleep 0.05; done"]
