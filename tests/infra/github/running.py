"""Runs the actions' steps, taken out of the YAML, as a runner runs them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import yaml

from tests.cloudformation import ROOT

FOLDER = ROOT / "infra/github"
EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")


def put_python(folder: Path) -> None:
    """A runner's python3, first in the PATH of the actions that are run in a folder."""
    (folder / "bin").mkdir()
    (folder / "bin/python3").symlink_to(sys.executable)


def run_action(
    folder: Path, name: str, inputs: dict[str, str], status: str = "success", variables: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """One step of a job that uses an action, with the environment that the job's earlier steps left."""
    action = yaml.safe_load((FOLDER / name).read_text())
    given = {word.replace("_", "-"): value for word, value in inputs.items()}
    if "timeout" in action["inputs"]:
        given.setdefault("timeout", "60")
    values = {word: given.get(word, one.get("default")) for word, one in action["inputs"].items()}
    assert set(given) <= set(values)
    known = {f"inputs.{word}": value for word, value in values.items()} | {"job.status": status}
    (step,) = action["runs"]["steps"]
    environment = {
        "PATH": f"{folder}/bin:{os.environ['PATH']}",
        "HOME": str(folder),
        "GITHUB_ACTION_PATH": str((FOLDER / name).parent),
        "GITHUB_REPOSITORY": "team/shop",
        "GITHUB_WORKFLOW": "build",
        "GITHUB_JOB": "linux",
        "GITHUB_RUN_ID": "99",
        "GITHUB_RUN_ATTEMPT": "1",
        "GITHUB_REF_NAME": "main",
        "GITHUB_SHA": "abc",
        "GITHUB_ENV": str(folder / "env"),
        "GITHUB_OUTPUT": str(folder / "output"),
        "INFRAMIND_PATIENCE": "60",  # on a slow machine a platform that is up needs some
        "INFRAMIND_TIMEOUT": "60",
        **left_in(folder / "env"),
        **{word: EXPRESSION.sub(lambda found: known[found[1]], text) for word, text in step["env"].items()},
        **(variables or {}),
    }
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=600)


def left_in(file: Path) -> dict[str, str]:
    """The variables that a file of GITHUB_ENV gives to the next steps."""
    lines = file.read_text().splitlines() if file.exists() else []
    return dict(line.split("=", 1) for line in lines)
