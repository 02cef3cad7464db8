"""Which time one series is at: `clock.py` on plain numbers."""

from dataclasses import dataclass
from typing import Protocol

from inframind.detection.model.clock import DOUBTED, FAR, JUMP_MS

NEVER = -(2**63)


class Timed(Protocol):
    """A series, as far as its clock goes."""

    n: float
    newest_ms: int
    before_ms: int
    doubts: int


@dataclass(slots=True)
class Clock:
    """The clock of a series of which nothing else is known."""

    n: float = 0.0
    newest_ms: int = NEVER
    before_ms: int = 0
    doubts: int = 0


def placed(s: Timed, time_ms: int | None) -> int:
    """The time at which a sample is learnt: its own, or where that is late or unknown, the next millisecond."""
    if time_ms is not None and (time_ms > s.newest_ms or _returns(s, time_ms)):
        return time_ms
    return s.newest_ms + 1


def follow(s: Timed, time_ms: int) -> None:
    """Let time go on, or back, to that of a sample that `placed` has let in."""
    if s.n > 0:
        if time_ms <= s.newest_ms or s.doubts == DOUBTED:
            s.before_ms = s.doubts = 0
        elif s.doubts:
            s.doubts += 1
        elif time_ms - s.newest_ms > JUMP_MS:
            s.before_ms, s.doubts = s.newest_ms, 1
    s.newest_ms = time_ms


def _returns(s: Timed, time_ms: int) -> bool:
    if s.doubts > 0 and time_ms > s.before_ms and (time_ms - s.before_ms) * FAR <= s.newest_ms - s.before_ms:
        return True
    return s.n == 1 and s.newest_ms - time_ms > JUMP_MS
