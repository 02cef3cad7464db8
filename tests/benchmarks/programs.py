"""Programs to measure against: started on a free port of 127.0.0.1 with a fresh folder, watched, ended."""

import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

READY_S = 20.0
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Program:
    """A running program and the port it listens on."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self._process = process
        self.port = port
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def cpu_s(self) -> float:
        """Seconds of CPU spent so far by all its threads, in user and kernel mode."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S

    def call(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> bytes:
        """The body of a 2xx answer, over one kept connection."""
        self._http.request(method, path, body, dict(headers or {}))
        answer = self._http.getresponse()
        text = answer.read()
        if answer.status // 100 != 2:
            raise ConnectionError(f"{method} {path}: {answer.status} {text[:300]!r}")
        return text


def is_installed(name: str) -> bool:
    """Whether a program can be found."""
    return shutil.which(name) is not None


@contextmanager
def running(command: Sequence[str], folder: Path) -> Iterator[Program]:
    """`command` with {port} and {folder} filled in, until it listens; ended by its own id."""
    port = _free_port()
    folder.mkdir(parents=True, exist_ok=True)
    arguments = [part.format(port=port, folder=folder) for part in command]
    process = subprocess.Popen(arguments, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield Program(process, port)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise ChildProcessError(f"{process.args!r} does not listen")
