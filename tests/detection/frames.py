"""Frames for tests: a fleet that is steady, and one that breaks."""

import numpy as np

from inframind.frames import Frame

MINUTE = 60_000
LONG = 300  # minutes of history: enough for any detector to know what is usual
ENOUGH = 120  # of them, where nothing but a verdict is wanted
NOON = 1_768_132_800_000  # 2026-01-11T12:00:00Z


def steady(resource: str = "web-1", rows: int = LONG, start: int = 0, metric: str = "cpu_usage") -> Frame:
    """A metric that swings between 45 and 50, a value each minute from some minutes after noon on."""
    minutes = np.arange(start, start + rows, dtype=np.int64)
    return Frame(resource, (metric.encode(),), NOON + minutes * MINUTE, np.where(minutes % 2, 45.0, 50.0)[:, None])


def recent(resource: str = "web-1") -> Frame:
    """The last of `LONG` minutes of it: enough to know what is usual, and soon scored."""
    return steady(resource, ENOUGH, LONG - ENOUGH)


def flat(value: float, resource: str = "web-1", rows: int = 1, start: int = LONG, metric: str = "cpu_usage") -> Frame:
    """A metric that stays at one value."""
    return Frame(resource, (metric.encode(),), NOON + (start + np.arange(rows)) * MINUTE, np.full((rows, 1), value))
