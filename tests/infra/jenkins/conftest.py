"""The library, run by Debian's Groovy (the version that Jenkins has) in a small Jenkins of our own."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cloudformation import ROOT
from tests.infra.agent.recorder import Recorder

HERE = Path(__file__).parent
Jenkins = Callable[..., dict[str, Any]]
KEY = "im_1_secret-of-jenkins"


@pytest.fixture
def jenkins(recorder: Recorder, tmp_path: Path) -> Jenkins:
    """Runs the text of a pipeline and tells what became of it: `failure`, `env`, `lines`."""

    def run(pipeline: str, result: str = "SUCCESS", unix: bool = True, **variables: str) -> dict[str, Any]:
        settings = {"result": result, "unix": unix, "credentials": {"inframind-key": KEY}}
        return run_pipeline(tmp_path, pipeline, settings, {"INFRAMIND_URL": recorder.url} | variables)

    return run


def run_pipeline(folder: Path, pipeline: str, settings: dict[str, Any], variables: dict[str, str]) -> dict[str, Any]:
    """What becomes of the text of a pipeline that is run in a folder."""
    (folder / "pipeline.groovy").write_text(pipeline)
    given = {
        "PATH": os.environ["PATH"],
        "JOB_NAME": "shop/main",
        "BRANCH_NAME": "main",
        "BUILD_TAG": "jenkins-shop-main-7",
        "NODE_NAME": "agent-1",
        "HOME": str(folder / "home"),
    }
    told = json.dumps(settings | {"env": given | variables})
    command = [*groovy(), str(HERE / "harness.groovy"), str(ROOT / "infra/jenkins"), str(folder / "pipeline.groovy")]
    done = subprocess.run([*command, told], capture_output=True, text=True, cwd=folder, timeout=600)
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def groovy() -> list[str]:
    """Groovy as a Java program: Debian's own start script asks for a default Java that need not be there."""
    java = shutil.which("java")
    jar = Path("/usr/share/java/groovy-all.jar")
    assert java, "the tests of the Jenkins library need Java and Groovy: apt install groovy default-jre-headless"
    assert jar.exists(), "the tests of the Jenkins library need Groovy: apt install groovy"
    stubs = HERE / "stubs"
    return [java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", f"{jar}:{stubs}", "groovy.ui.GroovyMain"]
