"""Local time of instants, summer time included, as fast as the arrays are."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from inframind.errors import Rejected

QUARTER_HOUR_MS = 900_000  # zones change their offset on a quarter of an hour

Times = NDArray[np.int64]


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


def _zone(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as cause:  # OSError: a folder of zones, a name too long for one
        raise Rejected(f"unknown time zone {zone!r}") from cause


def _offset_ms(at_ms: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone).utcoffset()
    return int(offset.total_seconds() * 1000) if offset is not None else 0
