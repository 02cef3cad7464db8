"""Saves by a forked child: what it sees, what it holds on to, how it ends."""

import asyncio
import copy
import errno
import json
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local.state.forked import DISK_FULL, FAILED, SAVED, Failures, ForkedSave
from tests.infra.local.conftest import PATIENCE_S, alive, until

Save = Callable[[], Coroutine[Any, Any, None]]


@pytest.fixture(autouse=True)
def _unheard() -> Iterator[None]:
    """Who listened to the engine's log in a test does so no more after it."""
    log = logging.getLogger("persistence")
    before = log.handlers[:]
    yield
    log.handlers[:] = before


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    one = asyncio.new_event_loop()
    thread = threading.Thread(target=one.run_forever)
    thread.start()
    yield one
    one.call_soon_threadsafe(one.stop)
    thread.join()
    one.close()


def forked_save(loop: asyncio.AbstractEventLoop, save: Save) -> ForkedSave:
    failures = Failures()
    logging.getLogger("persistence").addHandler(failures)
    return ForkedSave(loop, save, failures)


def test_what_changes_all_the_time_is_saved_as_it_was_in_one_instant(
    loop: asyncio.AbstractEventLoop, tmp_path: Path
) -> None:
    table = {str(number): number for number in range(10_000)}
    stopped = threading.Event()
    forked_at = tmp_path / "forked"

    async def change() -> None:
        while not stopped.is_set():
            for _ in range(2):
                table[str(len(table))] = len(table)
            if forked_at.exists():  # once more has been put into it than the child can know of
                (tmp_path / "changed").touch()
            await asyncio.sleep(0.0001)

    async def save() -> None:
        forked_at.touch()
        while not (tmp_path / "changed").exists():
            time.sleep(0.01)
        for number in range(20):
            copied = copy.deepcopy(table)
            with (tmp_path / str(number)).open("w") as file:
                json.dump(copied, file)

    changing = asyncio.run_coroutine_threadsafe(change(), loop)
    assert forked_save(loop, save).run() == SAVED
    stopped.set()
    changing.result()
    seen = [json.loads((tmp_path / str(number)).read_text()) for number in range(20)]
    assert all(one == seen[0] for one in seen)
    assert len(seen[0]) % 2 == 0
    assert 10_000 <= len(seen[0]) < len(table)


@pytest.mark.parametrize(
    ("failure", "outcome"),
    [(RuntimeError("not a string"), FAILED), (OSError(errno.ENOSPC, "No space left on device"), DISK_FULL)],
    ids=["failed", "full"],
)
def test_how_it_went_is_answered(loop: asyncio.AbstractEventLoop, failure: Exception, outcome: int) -> None:
    async def save() -> None:
        logging.getLogger("persistence").error("Persistence: failed to save %s: %s", "sqs", failure)

    one = forked_save(loop, save)
    assert one.run() == outcome
    assert one.failures.seen == []  # in this process nothing has been tried


def test_an_exception_is_a_failure_and_does_not_reach_the_loop(loop: asyncio.AbstractEventLoop) -> None:
    async def save() -> None:
        raise ValueError("the engine is another one")

    assert forked_save(loop, save).run() == FAILED
    assert asyncio.run_coroutine_threadsafe(asyncio.sleep(0, "well"), loop).result(PATIENCE_S) == "well"


def test_a_child_that_dies_gives_no_answer(loop: asyncio.AbstractEventLoop) -> None:
    async def save() -> None:
        os.kill(os.getpid(), 9)

    assert forked_save(loop, save).run() is None


def test_without_fork_there_is_no_answer(loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def save() -> None:
        raise AssertionError("nobody is there to save")

    def no_more() -> int:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    made: list[int] = []
    pipe = os.pipe

    def noted_pipe() -> tuple[int, int]:
        made.extend(ends := pipe())
        return ends

    monkeypatch.setattr(os, "fork", no_more)
    monkeypatch.setattr(os, "pipe", noted_pipe)
    assert forked_save(loop, save).run() is None
    assert len(made) == 2
    for end in made:
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(end)


def test_a_stop_ends_a_save_under_way(loop: asyncio.AbstractEventLoop, tmp_path: Path) -> None:
    async def save() -> None:
        (tmp_path / "begun").touch()
        time.sleep(60)

    one = forked_save(loop, save)
    answers: list[int | None] = []
    running = threading.Thread(target=lambda: answers.append(one.run()))
    running.start()
    until((tmp_path / "begun").exists)
    one.stopping.set()
    running.join(PATIENCE_S)
    assert answers == [None]


def test_a_stuck_child_is_ended(loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def save() -> None:
        time.sleep(60)

    monkeypatch.setattr("infra.local.state.forked.STUCK_S", 0.1)
    assert forked_save(loop, save).run() is None


def test_the_child_keeps_no_connection_open(loop: asyncio.AbstractEventLoop, tmp_path: Path) -> None:
    """Whoever closes a connection while a save is under way closes it for the other end too."""
    near, far = socket.socketpair()

    async def save() -> None:
        (tmp_path / "begun").touch()
        while not (tmp_path / "heard").exists():
            time.sleep(0.01)

    one = forked_save(loop, save)
    running = threading.Thread(target=one.run)
    running.start()
    until((tmp_path / "begun").exists)
    near.close()
    far.settimeout(PATIENCE_S)
    assert far.recv(1) == b""
    far.close()
    (tmp_path / "heard").touch()
    running.join(PATIENCE_S)


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    """A kill -9 must not leave somebody behind who writes into the state of the next start."""

    async def save() -> None:
        (tmp_path / "child").write_text(str(os.getpid()))
        time.sleep(60)

    parent = os.fork()
    if parent == 0:
        try:
            serving = asyncio.new_event_loop()
            threading.Thread(target=serving.run_forever, daemon=True).start()
            forked_save(serving, save).run()
        finally:
            os._exit(1)
    written = tmp_path / "child"
    until(lambda: written.exists() and written.read_text() != "")
    os.kill(parent, 9)
    os.waitpid(parent, 0)
    child = int(written.read_text())
    until(lambda: not alive(child))
