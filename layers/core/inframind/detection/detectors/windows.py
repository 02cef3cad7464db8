"""Times in which a detector does not look: every week by the clock on its wall, or once."""

import re
from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, model_validator

from inframind.detection.bank.local_time import local_ms
from inframind.records import GivenMoment, Record

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
DAY_MINUTES = 1440

Times = NDArray[np.int64]
Window = tuple[tuple[int, ...], int, int]


def _clock_time(text: str) -> str:
    if not TIME.fullmatch(text):
        raise ValueError("must be a time of day such as 22:30")
    return text


ClockTime = Annotated[str, AfterValidator(_clock_time)]


class Weekly(Record):
    """A window that comes every week, on the clock of the detector's time zone; it may run over midnight."""

    days: tuple[Day, ...] = DAYS
    start: ClockTime
    end: ClockTime

    @property
    def window(self) -> Window:
        """Weekdays with Monday 0, first minute, minute after the last."""
        return tuple(DAYS.index(day) for day in self.days), _minute(self.start), _minute(self.end)


class Once(Record):
    """A window that comes once: from `start` until before `end`."""

    start: GivenMoment
    end: GivenMoment

    @model_validator(mode="after")
    def _in_order(self) -> "Once":
        if self.start >= self.end:
            raise ValueError("end must be later than start")
        return self


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


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return 60 * int(hours) + int(minutes)
