"""The order of frames at rest: keys that sort by time, writes that sort by arrival, hours that stand apart.

A frame at rest never crosses a UTC hour, so an hour is complete in itself and no duplicate lies outside it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import numpy as np

from inframind.frames import HOUR_MS, Frame


@dataclass(frozen=True, slots=True, eq=False)
class StoredFrame:
    """A frame as the table holds it: its key, and when it was written."""

    key: str
    written_ms: int
    frame: Frame

    @property
    def hour(self) -> int:
        """The hour since the epoch in which all of its samples lie."""
        return int(self.frame.times_ms[0]) // HOUR_MS


def time_key(time_ms: int) -> str:
    """A time as text that sorts as times do, before 1970 too.

    >>> time_key(1768127400000), time_key(-5) < time_key(-4) < time_key(0)
    ('0000001768127400000', True)
    """
    return f"{time_ms:019d}" if time_ms >= 0 else f"-{time_ms + 2**63:019d}"


def hour_of(time_ms: int) -> int:
    """The first millisecond of a time's UTC hour."""
    return time_ms // HOUR_MS * HOUR_MS


def received(at: datetime | Mapping[str, datetime], resources: Iterable[str]) -> Mapping[str, datetime]:
    """When what is written of each resource came: at one time all of it, or each at its own."""
    return dict.fromkeys(resources, at) if isinstance(at, datetime) else at


def oldest_first(kept: Iterable[StoredFrame]) -> list[Frame]:
    """Frames in the order of their writing; of one moment, in that of their keys, so that every reader agrees."""
    return [one.frame for one in sorted(kept, key=lambda one: (one.written_ms, one.key))]


def by_hours(kept: Iterable[StoredFrame]) -> Iterator[list[StoredFrame]]:
    """Groups of one hour each, in the order given."""
    for _, group in groupby(kept, key=lambda one: one.hour):
        yield list(group)


def newest(hours: Iterable[Sequence[StoredFrame]], rows: int) -> list[Frame]:
    """The frames of as many hours as hold `rows` different times; `hours` come newest first."""
    taken: list[StoredFrame] = []
    times: set[int] = set()
    for hour in hours:
        taken += hour
        times.update(np.concatenate([one.frame.times_ms for one in hour]).tolist())
        if len(times) >= rows:
            break
    return oldest_first(taken)
