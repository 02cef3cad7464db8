"""When the log of a service is a sign of trouble: many more errors than usual, or an error that was never seen before.

A spike is told while its minute still runs, for a count only grows. A service that begins to log has no usual yet: for
its first ten minutes a spike is a minute that is mostly errors, and of its errors the first alone is told as new.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

HISTORY = 60  # minutes from which the usual is learnt
WARM_UP_MS = 600_000
LEAST_ERRORS = 5  # in a minute: fewer are no spike, whatever was usual
DEVIATIONS = 4.0  # above the usual, in standard deviations of a Poisson count, or of the history if that is wilder
CALM_DEVIATIONS = 2.0  # a spike is over below it, for CALM minutes in succession
CALM = 3
MOSTLY = 0.5  # of a minute's lines, while nothing is known of the service
REPEAT_MS = 300_000  # as long as it lasts, it is told again: a correlator forgets what it hears no more of
LASTING = 60  # minutes after which what was a spike is the usual
NEW_A_MINUTE = 3  # new errors told in one minute: a new release has many, and the first ones say it
QUIET_MS = 600_000  # a new error is over when it has not come for so long
KNOWN_MS = 3_600_000  # and no longer new after this

Counts = tuple[int, int]
"""Lines of errors, and all lines, of a minute."""


@dataclass(slots=True)
class Spike:
    """An error spike that is on: since when, its last bad minute, when it was told, its worst minute, its minutes."""

    since_ms: int
    last_ms: int
    told_ms: int
    worst: int
    calm: int = 0
    minutes: list[Counts] = field(default_factory=list)


@dataclass(slots=True)
class Fresh:
    """A new error that is told of: since when, when it came last, when it was told."""

    since_ms: int
    last_ms: int
    told_ms: int


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual of a service: errors a minute, their deviation, all lines a minute, and of how many minutes."""

    errors: float
    deviation: float
    lines: float
    minutes: int

    @classmethod
    def of(cls, history: Sequence[Counts]) -> "Usual":
        """From the minutes remembered."""
        if not history:
            return cls(0.0, 0.0, 0.0, 0)
        errors = [one for one, _ in history]
        mean = sum(errors) / len(errors)
        variance = sum((one - mean) ** 2 for one in errors) / len(errors)
        return cls(mean, math.sqrt(variance), sum(lines for _, lines in history) / len(history), len(history))

    def expected(self, others: int) -> float:
        """Errors to be expected beside so many other lines: more of those than usual bring more of the usual errors."""
        usual = self.lines - self.errors
        return self.errors * max(1.0, others / usual if usual > 0 else 1.0)

    def limit(self, others: int, deviations: float = DEVIATIONS) -> float:
        """Errors beside so many other lines that are no longer usual.

        >>> Usual.of([(0, 100)] * 60).limit(100), Usual.of([(9, 100)] * 60).limit(100)
        (4.0, 23.09)
        """
        expected = self.expected(others)
        return round(expected + deviations * max(math.sqrt(expected + 1), self.deviation), 2)


def is_spike(counts: Counts, usual: Usual, *, warming_up: bool) -> bool:
    """Whether a minute with these counts is an error spike.

    >>> is_spike((6, 6), Usual.of([]), warming_up=True), is_spike((6, 100), Usual.of([]), warming_up=True)
    (True, False)
    """
    errors, lines = counts
    if errors < LEAST_ERRORS or errors <= usual.limit(lines - errors):
        return False
    return not warming_up or errors >= MOSTLY * lines


def is_calm(counts: Counts, usual: Usual) -> bool:
    """Whether a minute with these counts is one of those that end a spike."""
    errors, lines = counts
    return errors < LEAST_ERRORS or errors <= usual.limit(lines - errors, CALM_DEVIATIONS)
