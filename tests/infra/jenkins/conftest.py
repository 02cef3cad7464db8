"""The library, run by Debian's Groovy (the version that Jenkins has) in a small Jenkins of our own."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cloudformation import ROOT
from tests.infra.agent.recorder import Recorder

HERE = Path(__file__).parent
Jenkins = Callable[..., dict[str, Any]]
KEY = "im_1_secret-of-jenkins"


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A platform that takes everything, unless it is told otherwise."""
    one = Recorder()
    yield one
    one.close()


@pytest.fixture
def jenkins(recorder: Recorder, tmp_path: Path) -> Jenkins:
    """Runs the text of a pipeline and tells what became of it: `failure`, `env`, `lines`."""

    def run(pipeline: str, result: str = "SUCCESS", unix: bool = True, **variables: str) -> dict[str, Any]:
        (tmp_path / "pipeline.groovy").write_text(pipeline)
        given = {
            "PATH": os.environ["PATH"],
            "INFRAMIND_URL": recorder.url,
            "JOB_NAME": "shop/main",
            "BRANCH_NAME": "main",
            "BUILD_TAG": "jenkins-shop-main-7",
            "NODE_NAME": "agent-1",
        }
        settings = {
            "env": given | variables,
            "credentials": {"inframind-key": KEY},
            "result": result,
            "unix": unix,
        }
        command = [*groovy(), str(HERE / "harness.groovy"), str(ROOT / "infra/jenkins")]
        done = subprocess.run(
            [*command, str(tmp_path / "pipeline.groovy"), json.dumps(settings)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    return run


def groovy() -> list[str]:
    """Groovy as a Java program: Debian's own start script asks for a default Java that need not be there."""
    java = shutil.which("java")
    jar = Path("/usr/share/java/groovy-all.jar")
    assert java, "the tests of the Jenkins library need Java and Groovy: apt install groovy default-jre-headless"
    assert jar.exists(), "the tests of the Jenkins library need Groovy: apt install groovy"
    stubs = HERE / "stubs"
    return [java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", f"{jar}:{stubs}", "groovy.ui.GroovyMain"]
