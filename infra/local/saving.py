"""Saves the engine's state on an interval, so that kill -9 loses seconds instead of the session.

The engine saves when its ASGI lifespan ends, and goes on serving afterwards: `save_once` gives it a lifespan of its own
that says nothing but "shutdown", in a thread, so that requests go on. A service whose dictionaries change meanwhile is
skipped with an error on the logger `persistence`; then the save is repeated. Files are replaced whole: the older state
stays until then. `Snapshots` makes the files of one save count together.
"""

import asyncio
import errno
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from infra.local.door import Application
from infra.local.snapshots import Snapshots

ATTEMPTS = 5
# The schedulers and pollers of the engine change a little state without any request.
AT_LEAST_EVERY_S = 60.0
# A large state is saved less often: at most this part of the time is spent on saving.
BUSY_SHARE = 0.1


class Saver:
    """Saves on its interval if `changed` has been called since the last time."""

    def __init__(self, engine: Application, every_s: float, snapshots: Snapshots, say: Callable[[str], None]) -> None:
        self.engine = engine
        self.every_s = every_s
        self.snapshots = snapshots
        self.say = say
        self.failures = Failures()
        logging.getLogger("persistence").addHandler(self.failures)
        self.dirty = False
        self.full = False
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run, name="saver", daemon=True)

    def start(self) -> None:
        """Call this once deployed: half a deployment is never saved."""
        self.dirty = True
        self.thread.start()

    def changed(self) -> None:
        self.dirty = True

    def run(self) -> None:
        wait_s, saved_at = 0.0, time.monotonic()  # the deployment itself is saved at once
        while not self.stopping.wait(wait_s):
            started = time.monotonic()
            if not (self.dirty or started - saved_at > AT_LEAST_EVERY_S):
                continue
            self.save()
            saved_at = time.monotonic()
            wait_s = max(self.every_s, (saved_at - started) / BUSY_SHARE)

    def save(self) -> None:
        """One save, repeated while a service changed under it; a full disk is told once and does not stop serving."""
        for _ in range(ATTEMPTS):
            self.dirty = False
            self.failures.seen.clear()
            asyncio.run(save_once(self.engine))
            if not self.failures.seen or self.failures.is_disk_full():
                break
        if self.failures.seen:
            self.dirty = True
        else:
            self.snapshots.keep()
        if self.failures.is_disk_full() and not self.full:
            self.say(
                "the disk is full: serving goes on, but what arrives now is lost at the next stop. Free some space"
            )
        if self.full and not self.failures.seen:
            self.say("the disk has room again: the state is saved")
        self.full = self.failures.is_disk_full()

    def stop(self) -> None:
        """Ends the thread, so that the engine's own last save is alone."""
        self.stopping.set()
        if self.thread.is_alive():
            self.thread.join()


class Failures(logging.Handler):
    """What the engine could not save, by service: `persistence` logs (service, exception)."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[object] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(record.args[-1] if isinstance(record.args, tuple) and record.args else record.msg)

    def is_disk_full(self) -> bool:
        return any(isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT) for error in self.seen)


async def save_once(engine: Application) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "lifespan.shutdown"}

    async def send(message: dict[str, Any]) -> None:
        del message

    await engine({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
