"""The two Python environments of a local run, built from the locks, at the same time, once.

`engine` holds the embedded engine, `functions` exactly what the layers and functions declare. A stamp, written last,
names the lock and the interpreter; where it differs or is absent (an interrupted installation), all is built anew.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local.settings import ROOT, Refused

PROGRESS_EVERY_S = 2.0
LAST_LINES = 6
PROJECT = ("install", "--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check", "--editable")


@dataclass(frozen=True)
class Environment:
    """One virtual environment and the locks that say what is in it."""

    name: str
    folder: Path
    locks: tuple[Path, ...]
    with_project: bool = False  # the project itself, editable, with its command line

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        return self.folder / ".complete"

    def fingerprint(self) -> str:
        """Changes with any lock and with the interpreter, hence whenever what is installed would differ."""
        digest = hashlib.sha256(f"{sys.version}\n{sys.base_prefix}\n{self.folder}\n".encode())
        for lock in self.locks:
            digest.update(lock.read_bytes())
        return digest.hexdigest()

    def is_complete(self) -> bool:
        return self.stamp.is_file() and self.stamp.read_text() == self.fingerprint() and os.access(self.python, os.X_OK)

    def packages(self) -> int:
        return len({line.split("==")[0] for lock in self.locks for line in pins(lock)})


def pins(lock: Path) -> list[str]:
    return [line for line in lock.read_text().splitlines() if "==" in line and not line.startswith((" ", "#"))]


def run_environments() -> tuple[Environment, Environment]:
    """What `make run` needs: the engine's environment and the functions' one."""
    declared = sorted(ROOT.glob("layers/*/requirements.txt")) + sorted(ROOT.glob("functions/*/requirements.txt"))
    return (
        Environment("engine", ROOT / ".venv/engine", (ROOT / "requirements-engine.txt",)),
        Environment("functions", ROOT / ".venv/functions", tuple(declared)),
    )


def prepare(environments: tuple[Environment, ...], say: Callable[[str], None]) -> None:
    """Build every environment that is not complete, all at once; refuses with the reason of the first that fails."""
    missing = [environment for environment in environments if not environment.is_complete()]
    if not missing:
        return
    with one_at_a_time(missing[0].folder.parent, say):
        builds = [Build(environment, say) for environment in missing if not environment.is_complete()]
        try:
            for build in builds:
                build.thread.start()
            for build in builds:
                build.thread.join()
        except KeyboardInterrupt:
            for build in builds:
                build.stop()
            raise
    for build in builds:
        if build.failure:
            raise Refused(build.failure)


@contextmanager
def one_at_a_time(folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another installation is running, waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Build:
    """One environment being built in a thread: venv, pip with hashes, byte code, stamp."""

    def __init__(self, environment: Environment, say: Callable[[str], None]) -> None:
        self.environment = environment
        self.say = say
        self.failure: str | None = None
        self.thread = threading.Thread(target=self.build, daemon=True)
        self.child: subprocess.Popen[str] | None = None

    def build(self) -> None:
        environment = self.environment
        started = time.monotonic()
        locks = [argument for lock in environment.locks for argument in ("-r", str(lock))]
        python = str(environment.python)
        options = ["--no-deps", "--no-compile", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
        steps = (
            [sys.executable, "-m", "venv", "--clear", str(environment.folder)],
            [python, "-m", "pip", "install", "--require-hashes", *options, *locks],
            [python, "-m", "compileall", "-q", "-j", "2", str(environment.folder / "lib")],
            *([[python, "-m", "pip", *PROJECT, str(ROOT)]] if environment.with_project else []),
        )
        self.say(f"{environment.name}: installing {environment.packages()} packages")
        try:
            for step in steps:
                self.run(step)
            environment.stamp.write_text(environment.fingerprint())
        except InstallationFailed as failed:
            self.failure = f"installing the {environment.name} environment failed: {failed}"
        except OSError as error:
            self.failure = f"installing the {environment.name} environment failed: {error.strerror}"
        else:
            self.say(f"{environment.name}: ready after {time.monotonic() - started:.0f} s")

    def run(self, command: list[str]) -> None:
        """Run one step, with a line of progress every few seconds; byte code that does not compile is no failure."""
        environ = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
        with subprocess.Popen(
            command, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
        ) as child:
            self.child = child
            tail = self.follow(child)
        if child.returncode and "compileall" not in command:
            raise InstallationFailed(reason_in(tail))

    def follow(self, child: "subprocess.Popen[str]") -> list[str]:
        assert child.stdout is not None
        tail: list[str] = []
        collected, total, last_said = 0, self.environment.packages(), time.monotonic()
        for line in child.stdout:
            tail = [*tail, line.strip()][-LAST_LINES:]
            collected += line.startswith("Collecting ")
            if time.monotonic() - last_said > PROGRESS_EVERY_S:
                last_said = time.monotonic()
                step = "unpacking" if line.startswith("Installing collected") else f"{collected} of {total}"
                self.say(f"{self.environment.name}: {step}")
        return tail

    def stop(self) -> None:
        if self.child is not None and self.child.poll() is None:
            self.child.terminate()


class InstallationFailed(Exception):
    """A step of an installation ended with an error; the message is its reason in one line."""


def reason_in(tail: list[str]) -> str:
    """The one line of a tool's last words that says why.

    >>> reason_in(["Collecting x", "ERROR: No matching distribution found for x", ""])
    'No matching distribution found for x'
    """
    if any("No space left on device" in line for line in tail):
        return f"the disk is full. Free some space and start again ({shutil.disk_usage(ROOT).free // 2**20} MB free)"
    errors = [line for line in tail if line.lower().startswith("error")] or [line for line in tail if line]
    return errors[-1].removeprefix("ERROR: ") if errors else "no reason given"
