"""Runs jobs that extend the component's, with its scripts taken out of the YAML, as a runner runs them."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from tests.cloudformation import ROOT

COMPONENT = ROOT / "infra/gitlab/templates/build.yml"
INPUT = re.compile(r"\$\[\[ inputs\.(\w+) \]\]")
SHELLS = {"sh": ["sh", "-e", "-c"], "bash": ["bash", "-eo", "pipefail", "-c"]}


class Loader(yaml.SafeLoader):
    """YAML with GitLab's `!reference`."""


def reference(loader: Loader, node: yaml.SequenceNode) -> tuple[str, ...]:
    return tuple(loader.construct_sequence(node))


Loader.add_constructor("!reference", reference)


def component(**inputs: Any) -> dict[str, Any]:
    """The jobs of the component with these inputs filled in."""
    spec, text = COMPONENT.read_text().split("\n---\n")
    declared = yaml.safe_load(spec)["spec"]["inputs"]
    values = {name: inputs.get(name, one.get("default")) for name, one in declared.items()}
    assert None not in values.values(), "an input without a default is missing"
    jobs: dict[str, Any] = yaml.load(INPUT.sub(lambda found: str(values[found[1]]), text), Loader)
    return jobs


def script(jobs: dict[str, Any], name: str) -> str:
    """The lines of a script, references followed."""
    lines: list[str] = []
    for line in jobs[".inframind"][name]:
        if isinstance(line, tuple):
            lines += jobs[line[0]][line[1]]
        else:
            lines.append(line)
    return "\n".join(lines)


def run_job(
    folder: Path,
    jobs: dict[str, Any],
    lines: str,
    variables: dict[str, str],
    status: str | None = None,
    shell: str = "sh",
) -> "subprocess.CompletedProcess[str]":
    """A job of these lines: its own end, with what both its shells printed."""
    environment = {
        "PATH": os.environ["PATH"],
        "CI_PROJECT_DIR": str(folder),
        "CI_PROJECT_PATH": "group/shop",
        "CI_JOB_NAME": 'compile "all"',
        "CI_JOB_ID": "77",
        "CI_SERVER_HOST": "gitlab.example.com",
        "CI_COMMIT_REF_NAME": "main",
        "CI_COMMIT_SHA": "abc",
        "INFRAMIND_KEY": "im_1_secret",
        **{name: str(value) for name, value in jobs[".inframind"]["variables"].items()},
        **variables,
    }
    done = _run(shell, f"{script(jobs, 'before_script')}\n{lines}", environment, folder)
    ended = status or ("success" if done.returncode == 0 else "failed")
    after = _run(shell, script(jobs, "after_script"), environment | {"CI_JOB_STATUS": ended}, folder)
    assert after.returncode == 0, after.stderr
    done.stderr += after.stderr
    done.stdout += after.stdout
    return done


def _run(shell: str, text: str, environment: dict[str, str], folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*SHELLS[shell], text], env=environment, cwd=folder, capture_output=True, text=True, timeout=600
    )


def put_german_awk(folder: Path) -> Path:
    """The folder with an awk in it that writes 2,00 for two, unless it is told to write as programs do."""
    folder.mkdir()
    awk = shutil.which("awk")
    (folder / "awk").write_text(f'#!/bin/sh\n[ "${{LC_ALL-}}" = C ] && exec {awk} "$@"\n{awk} "$@" | tr . ,\n')
    (folder / "awk").chmod(0o755)
    return folder
