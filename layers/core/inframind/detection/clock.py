"""Local time of instants, summer time included, as fast as the arrays are."""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from inframind.errors import Rejected

QUARTER_HOUR_MS = 900_000  # zones change their offset on a quarter of an hour
DAY_MINUTES = 1440

Times = NDArray[np.int64]
Window = tuple[tuple[int, ...], int, int]


def local_ms(times_ms: Times, zone: str) -> Times:
    """The clock on the wall of `zone`, as milliseconds, of each instant. Raises `Rejected` for a zone that is unknown.

    >>> winter, summer = 1_704_067_200_000, 1_719_792_000_000  # 2024-01-01 and 2024-07-01, midnight UTC
    >>> ((local_ms(np.array([winter, summer]), "Europe/Berlin") - [winter, summer]) // 3_600_000).tolist()
    [1, 2]
    """
    if zone == "UTC":
        return times_ms
    quarters, where = np.unique(times_ms // QUARTER_HOUR_MS, return_inverse=True)
    here = _zone(zone)
    offsets = [_offset_ms(int(q) * QUARTER_HOUR_MS, here) for q in quarters.tolist()]
    return times_ms + np.array(offsets, np.int64)[where].reshape(times_ms.shape)


def excluded(times_ms: Times, windows: Sequence[Window], zone: str = "UTC") -> NDArray[np.bool_]:
    """Whether each instant lies in a window (weekdays with Monday 0, first minute of the day, minute after the last)
    in which nothing is to be judged or learnt; a window may run over midnight.

    >>> sunday_night = ((6,), 23 * 60, 60)
    >>> sunday_2330 = 1_704_065_400_000  # 2023-12-31 23:30 UTC
    >>> excluded(np.array([sunday_2330, sunday_2330 + 5_400_000, sunday_2330 + 3_600_000]), [sunday_night]).tolist()
    [True, False, True]
    """
    minutes = local_ms(times_ms, zone) // 60_000
    weekday, minute = (minutes // DAY_MINUTES + 3) % 7, minutes % DAY_MINUTES  # 1970-01-01 was a Thursday
    inside = np.zeros(times_ms.shape, np.bool_)
    for days, first, end in windows:
        if first < end:
            inside |= np.isin(weekday, days) & (minute >= first) & (minute < end)
        else:
            inside |= np.isin(weekday, days) & (minute >= first)
            inside |= np.isin((weekday - 1) % 7, days) & (minute < end)
    return inside


def _zone(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as cause:  # OSError: a folder of zones, a name too long for one
        raise Rejected(f"unknown time zone {zone!r}") from cause


def _offset_ms(at_ms: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).utcoffset()
    return int(offset.total_seconds() * 1000) if offset is not None else 0
