"""Builds of every CI system that there is an integration for, told to the running platform."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Client, eventually
from tests.infra.github.running import put_python, run_action
from tests.infra.gitlab.running import component, run_job
from tests.infra.jenkins.conftest import run_pipeline

pytestmark = pytest.mark.e2e
JENKINSFILE = """
inframindOptimize(params: [tool: 'cmake'])
inframindStage(name: 'compile') { sh 'echo built with -j$INFRAMIND_CONCURRENCY' }
inframindNotify()
"""


def recorded(client: Client, pipeline: str) -> dict[str, Any]:
    """The newest build of a pipeline, once everything that was told of it is there."""

    def look() -> list[dict[str, Any]]:
        items = client.get("/api/v1/builds", pipeline=pipeline)["items"]
        builds = [client.get(f"/api/v1/builds/{one['run_id']}") for one in items[:1]]
        return [one for one in builds if one["outcome"] != "running" and one["steps"] and one["commit"]]

    found = eventually(look, bool)
    assert found, f"no build of {pipeline} has ended"
    return found[0]


def suggestion_is_followed(build: dict[str, Any], jobs: int) -> bool:
    return build["suggestion_id"] is not None and build["configuration"]["concurrency"] == jobs


def test_a_github_action_builds_and_reports(client: Client, tmp_path: Path) -> None:
    put_python(tmp_path)
    given = {"url": client.running.url, "key": client.running.key, "run": "echo -j{concurrency}", "timeout": "60"}
    done = run_action(tmp_path, "action.yml", given, variables={"INFRAMIND_PATIENCE": "60"})
    assert done.returncode == 0, done.stderr
    build = recorded(client, "team/shop/build/linux")
    assert build["outcome"] == "success"
    assert suggestion_is_followed(build, int(done.stdout.strip().removeprefix("-j")))
    assert [step["step"] for step in build["steps"]] == ["echo"]


def test_a_gitlab_job_builds_and_reports(client: Client, tmp_path: Path) -> None:
    jobs = component(url=client.running.url, tool="make", timeout=60)
    done = run_job(tmp_path, jobs, "echo with -j$INFRAMIND_CONCURRENCY; exit 3", {"INFRAMIND_KEY": client.running.key})
    assert done.returncode == 3
    build = recorded(client, 'group/shop/compile "all"')
    assert build["outcome"] == "failed"
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("with -j"))
    assert suggestion_is_followed(build, int(line.removeprefix("with -j")))
    assert [step["step"] for step in build["steps"]] == ["script"]


def test_a_jenkins_pipeline_builds_and_reports(client: Client, tmp_path: Path) -> None:
    settings = {"credentials": {"inframind-key": client.running.key}}
    script = JENKINSFILE.replace("params:", "timeout: 60, params:").replace("Notify()", "Notify(timeout: 60)")
    done = run_pipeline(tmp_path, script, settings, {"INFRAMIND_URL": client.running.url, "GIT_COMMIT": "abc"})
    assert done["failure"] is None
    build = recorded(client, "shop")
    assert build["outcome"] == "success"
    assert suggestion_is_followed(build, int(done["env"]["INFRAMIND_CONCURRENCY"]))
    assert f"built with -j{done['env']['INFRAMIND_CONCURRENCY']}" in done["lines"]
    assert [step["step"] for step in build["steps"]] == ["compile"]
    assert client.get(f"/api/v1/builds/{build['run_id']}")["context"]["tool"] == "cmake"
