"""A running agent, and the outcome of one that has ended."""

import json
import os
import resource
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

QUIET: dict[str, Any] = {"listen": "127.0.0.1:0"}
Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


# A net for what hangs, on a machine that may be ten times slower than usual.
PATIENCE_S = 120.0


def until(claim: Callable[[], Any], seen: Callable[[], object] = lambda: "") -> Any:
    """Waits for `claim` and gives what it says; fails, with what was `seen`, when it does not come true."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := claim()):
        assert time.monotonic() < deadline, f"did not come true in time: {seen()}"
        time.sleep(0.02)
    return found


def cpu_of_children() -> float:
    """Seconds of processor time that this process's children have used, once they have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def environment(extra: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without what steers the agent, and with `extra`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("INFRAMIND_", "NOTIFY_"))}
    return kept | dict(extra)


def merged(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with the defaults that tests want: a free port of the loopback."""
    return QUIET | dict(settings)


@dataclass
class Agent:
    """The agent as a process with a configuration file of its own."""

    process: subprocess.Popen[bytes]
    config: Path
    folder: Path

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def logs(self) -> list[dict[str, Any]]:
        """Its log lines."""
        return lines_of(self.folder / "err")

    def samples(self) -> list[dict[str, Any]]:
        """What it wrote to standard output: one object a sample."""
        return lines_of(self.folder / "out")

    def sampled_ms(self) -> list[int]:
        """The times of the samples that it says it took (log.samples)."""
        return [round(datetime.fromisoformat(line["time"]).timestamp() * 1000) for line in self.samples()]

    def logged(self, message: str) -> dict[str, Any] | None:
        """The last log line with this message."""
        return next((line for line in reversed(self.logs()) if line["message"] == message), None)

    @property
    def port(self) -> int:
        """Where it serves; known from its log, since the configured port is 0."""
        line = until(lambda: self.logged("serving metrics") or self.process.poll() is not None, seen=self.text)
        assert isinstance(line, dict), self.text()
        return int(line["port"])

    def text(self) -> str:
        """Everything it logged, for a failure's message."""
        return (self.folder / "err").read_text()

    def get(self, path: str = "/metrics") -> str:
        """A page."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE_S) as answer:
            return str(answer.read().decode())

    def metrics(self) -> Series:
        """The values it serves, by name and labels."""
        return parsed(self.get())

    def value(self, name: str, **labels: str) -> float:
        """One value of a fresh scrape."""
        return self.metrics()[name, frozenset(labels.items())]

    def reconfigure(self, settings: Mapping[str, Any]) -> None:
        """Writes a new configuration and asks the agent to read it."""
        self.config.write_text(yaml.safe_dump(merged(settings)))
        self.process.send_signal(signal.SIGHUP)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ends it with a signal and gives its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE_S)


def parsed(text: str) -> Series:
    """Prometheus text as values by name and labels."""
    families = text_string_to_metric_families(text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def lines_of(path: Path) -> list[dict[str, Any]]:
    """The complete JSON lines of a file."""
    text = path.read_text() if path.exists() else ""
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]
