"""What the catalogue keeps of a resource, and when an update is worth its price."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from inframind.frames import Frame

MAX_METRICS = 500  # named in the catalogue, per resource
REFRESH = timedelta(minutes=5)  # an update a minute would cost as much as the samples of a small resource
REFRESH_MS = REFRESH // timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """The earliest and the latest sample of a resource, and when one last arrived."""

    first_ms: int
    last_ms: int
    arrived_ms: int

    def covers(self, other: "Seen") -> bool:
        """Whether there is too little new in `other` to write it down: an earlier sample, or `REFRESH` gone by.

        >>> Seen(0, 60_000, 60_000).covers(Seen(60_000, 75_000, 75_000))
        True
        """
        return (
            self.first_ms <= other.first_ms
            and other.last_ms - self.last_ms < REFRESH_MS
            and other.arrived_ms - self.arrived_ms < REFRESH_MS
        )

    def joined(self, other: "Seen") -> "Seen":
        """Both together."""
        first, last = min(self.first_ms, other.first_ms), max(self.last_ms, other.last_ms)
        return Seen(first, last, max(self.arrived_ms, other.arrived_ms))


def metrics_of(series: Sequence[bytes]) -> set[str]:
    """The metric names of series.

    >>> metrics_of([b"up\\0job\\0node", b"up"])
    {'up'}
    """
    return {name.split(b"\0", 1)[0].decode() for name in series}


def seen_in(frames: Sequence[Frame], arrived_ms: int) -> Seen:
    """What frames of one resource tell about it."""
    first = min(int(frame.times_ms[0]) for frame in frames)
    return Seen(first, max(int(frame.times_ms[-1]) for frame in frames), arrived_ms)
