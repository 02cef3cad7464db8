"""Delivers a build's events in the background, in order, and keeps on disk what it cannot deliver."""

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from inframind.ci.platform import Denied, Refused, Unreachable
from inframind.ci.spool import Event, Spool, forget

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
Send = Callable[[Event], None]


@dataclass(slots=True)
class Outcome:
    """What became of the events, for the last line that a person reads."""

    delivered: int = 0
    refused: str = ""
    trouble: str = ""
    waiting: int = 0
    lost: int = 0


class Reports:
    """A queue and the thread that empties it. `send` raises `Unreachable` to be tried again, `Refused` to be let be.

    What an earlier build left, and this build's key is denied, is left to a build that has its own.
    """

    def __init__(self, send: Send, spool: Spool) -> None:
        self._send, self._spool = send, spool
        self._events: queue.SimpleQueue[tuple[Path | None, Event] | None] = queue.SimpleQueue()
        self._closing = threading.Event()
        self._done = threading.Event()
        self._outcome = Outcome()
        self._pending: list[Path | None] = []
        self._backlog: Iterator[tuple[Path | None, Event | None]] = spool.left_behind()
        threading.Thread(target=self._deliver, daemon=True).start()

    def add(self, event: Event) -> None:
        """Keep an event and have it sent; returns at once."""
        path = self._spool.store(event)
        self._pending.append(path)
        self._events.put((path, event))

    def finish(self, patience_s: float) -> Outcome:
        """Wait for the last events, but not for long; what is left waits on disk, or is lost where that failed."""
        self._events.put(None)
        self._closing.set()
        self._done.wait(patience_s)
        pending = list(self._pending)
        self._outcome.waiting = sum(path is not None for path in pending)
        self._outcome.lost = len(pending) - self._outcome.waiting
        return self._outcome

    def _deliver(self) -> None:
        while True:
            if self._is_idle() and self._caught_up_on_one():
                continue
            entry = self._events.get()
            if entry is None or not self._insist(entry[1]):
                break  # all is delivered; or the platform is away while somebody waits: the rest stays on disk
            self._settle(entry[0])
        self._done.set()

    def _is_idle(self) -> bool:
        return self._events.empty() and not self._closing.is_set()

    def _caught_up_on_one(self) -> bool:
        """Send one event that an earlier build left; False when there is none, or when that has to wait again."""
        path, event = next(self._backlog, (None, None))
        if path is None or event is None:
            return False
        failure = self._attempt(event)
        if isinstance(failure, Unreachable):
            self._backlog = iter(())
            return False
        if not isinstance(failure, Denied):
            self._note(failure)
            forget(path)
        return True

    def _insist(self, event: Event) -> bool:
        """Send until it is taken or refused; False when there is no more time for that."""
        pause_s = FIRST_PAUSE_S
        while isinstance(failure := self._attempt(event), Unreachable):
            if self._closing.is_set():
                return False
            self._closing.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        self._note(failure)
        return True

    def _attempt(self, event: Event) -> Unreachable | Refused | None:
        """Send once; what came in the way of it, or None."""
        try:
            self._send(event)
        except Unreachable as trouble:
            self._outcome.trouble = str(trouble)
            return trouble
        except Refused as refusal:
            return refusal
        self._outcome.delivered += 1
        return None

    def _note(self, refusal: Refused | None) -> None:
        if refusal:
            self._outcome.refused = str(refusal)

    def _settle(self, path: Path | None) -> None:
        self._pending.remove(path)
        if path:
            forget(path)
