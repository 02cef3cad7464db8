"""A running platform for an end-to-end test: a process of its own, stopped by its pid, restarted or killed at will.

    with platform(data_dir=tmp_path) as running:
        requests.get(running.url, headers={"X-API-Key": running.key})

The test's own interpreter serves as the engine's and the functions' one. The process ends when the test does, however
that dies.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from infra.local.keys import kept_token
from infra.local.settings import ROOT

# For what hangs alone, a process that has ended is seen at once: a machine may be many times slower than usual.
READY_WITHIN_S = 300.0
STOPPED_WITHIN_S = 180.0
POLL_S = 0.02


class NotReady(Exception):
    """The platform did not come up; the message is all it printed."""


class Port:
    """A port of the loopback that nobody else is given as long as this object lives, between two listeners as well.

    Its socket is bound and does not listen: whoever asks for any free port gets another one, and who names this one, as
    servers do (SO_REUSEADDR), may listen on it.
    """

    def __init__(self) -> None:
        self.held = socket.socket()
        self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.held.bind(("127.0.0.1", 0))
        self.number: int = self.held.getsockname()[1]

    def release(self) -> None:
        """Others may have it."""
        self.held.close()


class Platform:
    """One data folder and the process that serves it, if any."""

    def __init__(self, template: Path, data_dir: Path, environ: dict[str, str]) -> None:
        self.template = template
        self.data_dir = data_dir
        self.reserved = Port()
        self.port = self.reserved.number
        self.environ = environ
        self.process: subprocess.Popen[bytes] | None = None
        self.endpoint = ""
        self.outputs: dict[str, str] = {}
        self.started_in_s = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def key(self) -> str:
        return self.environ.get("INFRAMIND_API_KEY") or kept_token(self.data_dir / "key")

    @property
    def pid(self) -> int:
        assert self.process is not None, "the platform is not running"
        return self.process.pid

    @property
    def printed(self) -> str:
        """Everything it printed, over all its starts."""
        return (self.data_dir / "printed.log").read_text()

    def client(self, service: str) -> Any:
        """A boto3 client of the engine."""
        import boto3

        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        return boto3.client(service, endpoint_url=self.endpoint, **keys)

    def start(self) -> None:
        """Start and wait until the door is open."""
        begun = time.monotonic()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        environ = {
            "PATH": os.defpath,
            "PYTHONPATH": str(ROOT),
            "PORT": str(self.port),
            "DATA_DIR": str(self.data_dir),
            "TEMPLATE": str(self.template),
            "ENGINE_PYTHON": sys.executable,
            "FUNCTIONS_PYTHON": sys.executable,
            "STOP_AT_EOF": "1",
            **self.environ,
        }
        with (self.data_dir / "printed.log").open("ab") as printed:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "infra.local.host"],
                env=environ,
                stdin=subprocess.PIPE,
                stdout=printed,
                stderr=printed,
            )
        self.wait(begun + READY_WITHIN_S)
        self.started_in_s = time.monotonic() - begun

    def wait(self, deadline: float) -> None:
        assert self.process is not None
        while time.monotonic() < deadline and self.process.poll() is None:
            with suppress(FileNotFoundError):
                up = json.loads((self.data_dir / "run.json").read_text())
                if up["pid"] == self.process.pid:
                    self.endpoint, self.outputs = up["endpoint"], up["outputs"]
                    return
            time.sleep(POLL_S)
        self.kill9()
        raise NotReady(self.printed)

    def stop(self) -> int:
        """Stop as Ctrl-C does; returns the exit status."""
        return self.end(signal.SIGINT)

    def kill9(self) -> int:
        return self.end(signal.SIGKILL)

    def end(self, number: signal.Signals) -> int:
        if self.process is None:
            return 0
        process, self.process = self.process, None
        process.send_signal(number)
        status = process.wait(timeout=STOPPED_WITHIN_S)
        if process.stdin is not None:
            process.stdin.close()
        return status

    def restart(self) -> None:
        self.stop()
        self.start()


@contextmanager
def platform(data_dir: Path, template: Path = ROOT / "template.yaml", **environ: str) -> Iterator[Platform]:
    """A platform that is ready, and gone afterwards; `environ` adds settings such as INFRAMIND_API_KEY."""
    running = Platform(template, data_dir, environ)
    try:
        running.start()
        yield running
    finally:
        running.kill9()
        running.reserved.release()
