"""What people ask of detection for some series: which side matters, how far is far, when not to look, what silence is.

The default asks nothing of anybody: without a detector, every series is scored.
"""

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field

from inframind.detection.bank.local_time import local_ms
from inframind.detection.detectors.windows import Once, Weekly, excluded
from inframind.detection.model.tuning import MOST_COUNT, Tuning
from inframind.errors import Rejected
from inframind.names import VisibleName
from inframind.records import Moment, Record, to_ms

MOST_WINDOWS = 50  # of each sort
ABSENT_AFTER = 5.0  # samples that must be overdue: scrapes fail now and then
SHIPPED = Tuning()

Times = NDArray[np.int64]
Flags = NDArray[np.bool_]


def known_zone(name: str) -> str:
    """The name, if there is such a time zone; raises `ValueError`."""
    try:
        local_ms(np.zeros(1, np.int64), name)
    except Rejected as unknown:
        raise ValueError(f"{unknown.detail}; take a name such as Europe/Berlin") from unknown
    return name


Pattern = Annotated[VisibleName, Field(min_length=1, max_length=200)]


class Wanted(Record):
    """What a detector asks, of which series."""

    name: VisibleName = Field("", max_length=100)
    resource: Pattern = Field("*", description="Resource ids, as a shell pattern: `*`, `?`, `[ab]`.")
    metric: Pattern = Field("*", description="Metric names, as a shell pattern.")
    labels: dict[Pattern, Pattern] = Field(
        default_factory=dict, max_length=20, description="Labels that must be there, each with a pattern of its value."
    )
    enabled: bool = Field(True, description="False: learnt from, and nothing is announced.")
    direction: Literal["both", "up", "down"] = Field("both", description="The side that matters.")
    min_change: float = Field(0.0, ge=0, allow_inf_nan=False, description="Least distance from the expected value.")
    min_change_percent: float = Field(
        0.0, ge=0, allow_inf_nan=False, description="Least distance in percent of the expected value."
    )
    trigger_samples: int = Field(
        SHIPPED.trigger, ge=1, le=MOST_COUNT, description="Unusual samples in succession that open an anomaly."
    )
    recovery_samples: int = Field(
        SHIPPED.recovery, ge=1, le=MOST_COUNT, description="Calm samples in succession that clear it."
    )
    sensitivity: float = Field(
        1.0, ge=0.05, le=20, description="1 is the shipped bar for all; 2 opens at half of it, 0.5 at twice."
    )
    time_zone: Annotated[str, AfterValidator(known_zone)] = Field(
        "UTC", description="Whose hours and weekdays are learnt, and in whose time weekly windows are meant."
    )
    excluded_weekly: tuple[Weekly, ...] = Field(
        (), max_length=MOST_WINDOWS, description="Neither judged nor learnt nor missed, every week."
    )
    excluded_once: tuple[Once, ...] = Field((), max_length=MOST_WINDOWS, description="The same, once.")
    absent_after: float | None = Field(
        ABSENT_AFTER, ge=2, le=10_000, description="Usual intervals of silence after which it is absent; null: never."
    )

    @property
    def tuning(self) -> Tuning:
        """What the bank is asked for."""
        return Tuning(
            sensitivity=self.sensitivity,
            direction=self.direction,
            least_change=self.min_change,
            least_share=self.min_change_percent / 100,
            trigger=self.trigger_samples,
            recovery=self.recovery_samples,
        )

    @property
    def has_windows(self) -> bool:
        """Whether there is any time that is excluded."""
        return bool(self.excluded_weekly or self.excluded_once)

    def excludes(self, times_ms: Times) -> Flags:
        """Whether each instant is excluded.

        >>> nightly = Wanted(excluded_weekly=(Weekly(start="23:00", end="01:00"),), time_zone="Europe/Berlin")
        >>> nightly.excludes(np.array([1_719_785_400_000, 1_719_799_200_000])).tolist()  # 00:10 and 04:00 in summer
        [True, False]
        """
        inside = excluded(times_ms, [weekly.window for weekly in self.excluded_weekly], self.time_zone)
        for once in self.excluded_once:
            inside |= (times_ms >= to_ms(once.start)) & (times_ms < to_ms(once.end))
        return inside


class Detector(Wanted):
    """A detector as kept: its id, and when it was made and changed."""

    id: str
    created_at: Moment
    updated_at: Moment
