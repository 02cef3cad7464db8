"""Jobs that extend the component's, told to a recorder."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.infra.agent.recorder import Recorder
from tests.infra.gitlab.running import component, run_job

Job = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(params=["sh", "bash"])
def job(request: pytest.FixtureRequest, recorder: Recorder, tmp_path: Path) -> Job:
    """Runs a job that extends `.inframind`, in both kinds of shell that runners use; the result is the job's."""

    def run(lines: str, status: str | None = None, **variables: str) -> "subprocess.CompletedProcess[str]":
        jobs = component(url=recorder.url, tool="cmake", timeout=60)
        return run_job(tmp_path, jobs, lines, variables, status, request.param)

    return run
