"""Runs a command as if nobody stood between: its own input and output, its signals, its exit code."""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from inframind.ci import tree

NOT_EXECUTABLE, NOT_FOUND, BY_SIGNAL = 126, 127, 128
PASSED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)
AWAITED = (signal.SIGCHLD, *PASSED_ON)
FROM_THE_TERMINAL = 0x80  # si_code SI_KERNEL: such a signal went to the whole group already
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
LEISURE = 50  # looking takes at most a fiftieth of the time
GRACE_S = 10.0  # between asking a build that takes too long to end, and ending it


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended; `interrupted` when somebody asked it to by a signal."""

    exit_code: int
    interrupted: bool = False
    timed_out: bool = False
    trouble: str = ""


def can_watch() -> bool:
    """Whether this system has what watching a command takes: Linux does."""
    return hasattr(signal, "sigtimedwait") and (tree.PROC / "self/stat").exists()


def prepare() -> None:
    """Hold signals back until they are waited for, and adopt what the command leaves behind. Before any thread."""
    signal.pthread_sigmask(signal.SIG_BLOCK, AWAITED)
    ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


def run(
    command: list[str], environment: Mapping[str, str], look: Callable[[], None], every_s: float, timeout_s: float
) -> Ended:
    """Start the command, look at it now and then, and wait for its end."""
    try:
        child = os.posix_spawnp(
            command[0], command, environment, setsigmask=(), setsigdef=(signal.SIGPIPE, signal.SIGXFSZ)
        )
    except OSError as reason:
        code = NOT_FOUND if isinstance(reason, FileNotFoundError) else NOT_EXECUTABLE
        return Ended(code, trouble=f"{command[0]}: {reason.strerror}")
    return _Waiting(child, timeout_s).until_it_ends(look, every_s)


class _Waiting:
    """The wait for one child."""

    def __init__(self, child: int, timeout_s: float) -> None:
        self._child = child
        self._deadline = time.monotonic() + timeout_s
        self._interrupted = self._timed_out = False

    def until_it_ends(self, look: Callable[[], None], every_s: float) -> Ended:
        next_s = time.monotonic()
        while True:
            now = time.monotonic()
            found = signal.sigtimedwait(AWAITED, max(0.0, min(next_s, self._deadline) - now))
            if found and found.si_signo != signal.SIGCHLD:
                self._pass_on(found)
            status = self._reaped()
            if status is not None:
                code = os.waitstatus_to_exitcode(status)
                return Ended(code if code >= 0 else BY_SIGNAL - code, self._interrupted, self._timed_out)
            began = time.monotonic()
            if began >= self._deadline:
                self._end_it()
            if began >= next_s:
                busy_s = time.thread_time()  # not the clock's: on a loaded machine a look mostly waits for its turn
                look()
                next_s = began + max(every_s, LEISURE * (time.thread_time() - busy_s))

    def _pass_on(self, found: signal.struct_siginfo) -> None:
        self._interrupted |= found.si_signo not in (signal.SIGUSR1, signal.SIGUSR2)
        if found.si_code != FROM_THE_TERMINAL:
            _kill(self._child, found.si_signo)

    def _reaped(self) -> int | None:
        """The child's status if it has ended; whatever else has ended is collected on the way."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return None
            if pid == self._child:
                return status
            if pid == 0:
                return None

    def _end_it(self) -> None:
        """All that belongs to it: ask first; the second time, do not ask."""
        for process in tree.below(os.getpid(), tree.processes()):
            _kill(process.pid, signal.SIGKILL if self._timed_out else signal.SIGTERM)
        self._timed_out = True
        self._deadline = time.monotonic() + GRACE_S


def _kill(pid: int, number: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
