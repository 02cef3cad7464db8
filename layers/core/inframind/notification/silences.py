"""Silences: for a while, or every week at the same hours (a maintenance window), some incidents are told to nobody."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from inframind.names import VisibleText
from inframind.notification.matching import Match
from inframind.records import GivenMoment, Moment, Record
from inframind.signals import Incident

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError("is not a time zone; take a name such as Europe/Berlin") from unknown
    return name


def _time(text: str) -> str:
    if not TIME.fullmatch(text):
        raise ValueError("must be a time of day such as 22:30")
    return text


ClockTime = Annotated[str, AfterValidator(_time)]
Zone = Annotated[str, AfterValidator(_zone)]


class WeeklyHours(Record):
    """Hours that come every week, on the clock of the silence's time zone; they may run over midnight."""

    days: tuple[Day, ...] = Field(DAYS, min_length=1, max_length=7)
    start: ClockTime
    end: ClockTime

    def holds(self, local: datetime) -> bool:
        """Whether the local time lies inside."""
        clock, today = f"{local:%H:%M}", DAYS[local.weekday()]
        if self.start < self.end:
            return today in self.days and self.start <= clock < self.end
        yesterday = DAYS[(local - timedelta(days=1)).weekday()]
        return (today in self.days and clock >= self.start) or (yesterday in self.days and clock < self.end)


class SilenceWanted(Record):
    """What is to be silent, and when."""

    comment: VisibleText = Field(min_length=1, max_length=500, description="Why; whoever wonders later reads this.")
    match: Match = Field(default_factory=Match, description="Which incidents; empty: all.")
    starts_at: GivenMoment | None = Field(None, description="Null: at once.")
    ends_at: GivenMoment | None = Field(None, description="Null: never, which takes weekly hours.")
    weekly: tuple[WeeklyHours, ...] = Field((), max_length=50, description="Only at these hours: a maintenance window.")
    time_zone: Zone = Field("UTC", description="Whose clock the weekly hours are on.")

    @model_validator(mode="after")
    def _ends(self) -> "SilenceWanted":
        if self.ends_at is None and not self.weekly:
            raise ValueError("needs ends_at or weekly hours: silence for ever hides what matters")
        if self.starts_at and self.ends_at and self.starts_at >= self.ends_at:
            raise ValueError("ends_at must be later than starts_at")
        return self

    def is_over(self, now: datetime) -> bool:
        """Whether it will never silence again."""
        return self.ends_at is not None and now >= self.ends_at

    def is_in_force(self, now: datetime) -> bool:
        """Whether it silences at `now`."""
        if (self.starts_at and now < self.starts_at) or self.is_over(now):
            return False
        local = now.astimezone(ZoneInfo(self.time_zone))
        return not self.weekly or any(weekly.holds(local) for weekly in self.weekly)


class Silence(SilenceWanted):
    """A silence as kept."""

    id: str
    created_by: str
    created_at: Moment
    updated_at: Moment


def silenced_by(incident: Incident, silences: Iterable[Silence], now: datetime) -> Silence | None:
    """The first silence in force that takes the incident, or None."""
    return next((one for one in silences if one.is_in_force(now) and one.match.takes(incident)), None)
