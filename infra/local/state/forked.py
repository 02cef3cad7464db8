"""A save from a copy of the whole process, made by fork, so that nothing changes under it.

Beside running requests, a state of some size is never saved whole: its dictionaries change while they are copied. A
child process holds every service as it was in one instant between two requests, and has as long as it needs.
"""

import asyncio
import copy
import errno
import gc
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TextIO

SAVED, FAILED, DISK_FULL = 0, 1, 2
POLL_S = 0.02
# A child that inherited a lock in the hands of another thread would wait for ever.
STUCK_S = 120.0


class Failures(logging.Handler):
    """What the engine could not save, by service: `persistence` logs (service, exception)."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[object] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(record.args[-1] if isinstance(record.args, tuple) and record.args else record.msg)

    @property
    def outcome(self) -> int:
        if any(isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT) for error in self.seen):
            return DISK_FULL
        return FAILED if self.seen else SAVED


@dataclass
class ForkedSave:
    """Saves by `save` in a child that is forked where `loop` is idle; `failures` hears what goes wrong in it."""

    loop: asyncio.AbstractEventLoop
    save: Callable[[], Coroutine[Any, Any, None]]
    failures: Failures
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self) -> int | None:
        """How it ended: SAVED, FAILED or DISK_FULL; None without an answer (no fork, killed, stuck, stopped)."""
        forked: Future[tuple[int, int]] = Future()
        self.loop.call_soon_threadsafe(self.fork, forked)
        try:
            child, parent_lives = forked.result()
        except OSError:
            return None
        try:
            return self.wait(child)
        finally:
            os.close(parent_lives)

    def fork(self, forked: "Future[tuple[int, int]]") -> None:
        """Between two callbacks of the loop: no request is half done."""
        ends: tuple[int, ...] = ()
        try:
            ends = parent_dies, parent_lives = os.pipe()
            child = os.fork()
        except OSError as error:
            for end in ends:
                os.close(end)
            forked.set_exception(error)
            return
        if child == 0:
            self.be_the_child(parent_dies)
        os.close(parent_dies)
        forked.set_result((child, parent_lives))

    def be_the_child(self, parent_dies: int) -> NoReturn:
        outcome = FAILED
        try:
            gc.disable()
            let_go(keep=parent_dies)
            threading.Thread(target=end_with_parent, args=(parent_dies,), daemon=True).start()
            json.dump = dump_at_once  # type: ignore[assignment]
            copy.deepcopy = no_copy  # type: ignore[assignment]
            self.failures.seen.clear()
            asyncio.run(self.save())
            outcome = self.failures.outcome
        finally:
            os._exit(outcome)

    def wait(self, child: int) -> int | None:
        deadline = time.monotonic() + STUCK_S
        while True:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                return code if code in (SAVED, FAILED, DISK_FULL) else None
            if self.stopping.is_set() or time.monotonic() > deadline:
                os.kill(child, 9)
                os.waitpid(child, 0)
                return None
            self.stopping.wait(POLL_S)


def let_go(keep: int) -> None:
    """Nobody may wait for a connection, a pipe or a lock because the child holds it too.

    The numbers stay taken: an object that is freed later closes its own number, which must not be a file of the save.
    """
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in {int(entry.name) for entry in Path("/dev/fd").iterdir()} - {0, 1, 2, keep, nothing}:
        with suppress(OSError):  # the listing's own is closed
            os.fstat(number)
            os.dup2(nothing, number)


def end_with_parent(parent_dies: int) -> None:
    os.read(parent_dies, 1)
    os._exit(FAILED)


def dump_at_once(document: Any, file: TextIO, **options: Any) -> None:
    """`json.dump` by the encoder in C, ten times as fast; the child has the memory for it."""
    file.write(json.dumps(document, **options))


def no_copy(whole: Any, memo: Any = None) -> Any:
    """`copy.deepcopy` of the child, which is the copy."""
    del memo
    return whole
