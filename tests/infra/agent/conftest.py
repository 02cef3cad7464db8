"""The agent, built once, and started by tests with a configuration of theirs."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.infra.agent.building import build
from tests.infra.agent.running import Agent, environment, merged

Starter = Callable[..., Agent]
Once = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def program() -> Path:
    """The agent's program."""
    return build("release") / "inframind-agent"


@pytest.fixture
def agent(program: Path, tmp_path: Path) -> Iterator[Starter]:
    """Starts agents: `agent({"interval": "1s", "platform": {"url": …}})` gives one that runs until the test ends.

    Further arguments are its environment. It serves on a free port of the loopback (`.port`) unless told otherwise.
    """
    started: list[Agent] = []

    def start(settings: Mapping[str, Any] | None = None, **variables: str) -> Agent:
        folder = tmp_path / f"agent-{len(started)}"
        folder.mkdir()
        config = folder / "agent.yaml"
        config.write_text(yaml.safe_dump(merged(settings or {})))
        with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
            command = [str(program), "--config", str(config)]
            process = subprocess.Popen(command, stdout=out, stderr=err, env=environment(variables), cwd=folder)
        started.append(Agent(process, config, folder))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait()


@pytest.fixture
def once(program: Path, tmp_path: Path) -> Once:
    """Runs the agent's program to its end with some arguments."""

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = [str(program), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, env=environment(variables), cwd=tmp_path, timeout=300, check=False
        )

    return run
