"""Saves the engine's state on an interval, so that kill -9 loses seconds instead of the session.

The engine saves when its ASGI lifespan ends, and goes on serving afterwards: `save_once` gives it a lifespan of its own
that says nothing but "shutdown", in a child process (`infra.local.state.forked`). Where there can be none, a thread
does it: then a service whose dictionaries change meanwhile is skipped with an error on the logger `persistence`, and
the save is repeated. Files are replaced whole: the older state stays until then. `Snapshots` makes the files of one
save count together.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from infra.local.door import Application
from infra.local.state.forked import DISK_FULL, SAVED, Failures, ForkedSave
from infra.local.state.snapshots import Snapshots

ATTEMPTS = 5
# The schedulers and pollers of the engine change a little state without any request.
AT_LEAST_EVERY_S = 60.0
# A large state is saved less often: at most this part of the time is spent on saving.
BUSY_SHARE = 0.25


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
        self.forked_save: ForkedSave | None = None
        self.thread = threading.Thread(target=self.run, name="saver", daemon=True)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Call this once deployed: half a deployment is never saved. `loop` is where the engine serves."""
        self.forked_save = ForkedSave(loop, self.save_once, self.failures, self.stopping)
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
            wait_s = pause_s(self.every_s, saved_at - started)

    def save(self) -> None:
        """One save; a full disk is told once and does not stop serving."""
        self.dirty = False
        outcome = self.forked_save.run() if self.forked_save else None
        if self.stopping.is_set():
            return
        if outcome is None:
            outcome = self.save_here()
        if outcome == SAVED:
            self.snapshots.keep()
        else:
            self.dirty = True
        if outcome == DISK_FULL and not self.full:
            self.say(
                "the disk is full: serving goes on, but what arrives now is lost at the next stop. Free some space"
            )
        if self.full and outcome == SAVED:
            self.say("the disk has room again: the state is saved")
        self.full = outcome == DISK_FULL

    def save_here(self) -> int:
        """Beside running requests, repeated while a service changed under it."""
        for _ in range(ATTEMPTS):
            self.failures.seen.clear()
            asyncio.run(self.save_once())
            if self.failures.outcome in (SAVED, DISK_FULL):
                break
        return self.failures.outcome

    async def save_once(self) -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "lifespan.shutdown"}

        async def send(message: dict[str, Any]) -> None:
            del message

        await self.engine({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)

    def stop(self) -> None:
        """Ends the thread, so that the engine's own last save is alone."""
        self.stopping.set()
        if self.thread.is_alive():
            self.thread.join()


def pause_s(every_s: float, took_s: float) -> float:
    """How long to wait after a save that took so long."""
    return max(every_s - took_s, took_s * (1 / BUSY_SHARE - 1))
