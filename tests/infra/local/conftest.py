"""A running platform with the probe's template, one for each module of tests."""

import http.client
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import pytest

from infra.local.harness import Platform, platform

# Functions of the engine, not modules of this interpreter.
collect_ignore = ["probe"]
# A net for what hangs, on a machine that may be ten times slower than usual.
PATIENCE_S = 120.0
PROBE = Path(__file__).parent / "probe" / "template.yaml"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


def call(running: Platform, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
    """One request as it stands, nothing normalised; `content_type=` becomes Content-Type."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=PATIENCE_S)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def until(claim: Callable[[], bool], seen: Callable[[], str] = lambda: "") -> None:
    """Waits for `claim`; fails, with what was `seen`, when it does not come true."""
    deadline = monotonic() + PATIENCE_S
    while not claim():
        assert monotonic() < deadline, f"did not come true in time: {seen()}"
        sleep(0.05)


def alive(pid: int | str) -> bool:
    """Whether a process runs: nobody may have collected it yet."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with platform(tmp_path_factory.mktemp("run") / "data", PROBE, SAVE_EVERY_S="0.3", SECRET_OF_THE_USER="x") as one:
        yield one
