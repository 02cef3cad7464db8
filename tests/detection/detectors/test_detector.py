"""What a detector may ask, and when it looks away."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from inframind.detection.detectors.detector import SHIPPED, Wanted
from inframind.detection.detectors.windows import Once, Weekly
from inframind.records import to_ms


def at(text: str) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=UTC))


def test_a_detector_that_asks_nothing_asks_what_is_shipped() -> None:
    assert Wanted().tuning == SHIPPED
    assert not Wanted().has_windows


def test_percent_become_shares() -> None:
    assert Wanted(min_change_percent=10, sensitivity=2).tuning.least_share == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        ("2026-03-28T22:30:00", True),  # 23:30 in Berlin, winter
        ("2026-03-28T21:30:00", False),
        ("2026-03-29T21:30:00", True),  # 23:30 in Berlin, summer: the clocks went forward that morning
        ("2026-03-29T22:30:00", True),
        ("2026-03-29T23:30:00", False),
    ],
)
def test_a_weekly_window_follows_the_clock_on_the_wall(moment: str, inside: bool) -> None:
    nightly = Wanted(excluded_weekly=(Weekly(start="23:00", end="01:00"),), time_zone="Europe/Berlin")
    assert nightly.excludes(np.array([at(moment)])).tolist() == [inside]


def test_a_window_that_comes_once_begins_and_ends_on_time() -> None:
    once = Wanted(
        excluded_once=(Once.model_validate({"start": "2026-01-11T12:00:00Z", "end": "2026-01-11T13:00:00Z"}),)
    )
    times = [at(f"2026-01-11T{clock}:00") for clock in ("11:59", "12:00", "12:59", "13:00")]
    assert once.excludes(np.array(times)).tolist() == [False, True, True, False]


@pytest.mark.parametrize(
    "wrong",
    [
        {"direction": "sideways"},
        {"sensitivity": 0},
        {"trigger_samples": 0},
        {"recovery_samples": 251},
        {"min_change": -1},
        {"min_change": float("inf")},
        {"time_zone": "Europe/Atlantis"},
        {"time_zone": "Europe"},
        {"time_zone": "x" * 300},
        {"excluded_weekly": [{"start": "24:00", "end": "01:00"}]},
        {"excluded_weekly": [{"days": ["someday"], "start": "23:00", "end": "01:00"}]},
        {"excluded_once": [{"start": "2026-01-11T12:00:00Z", "end": "2026-01-11T12:00:00Z"}]},
        {"excluded_once": [{"start": "2026-01-11T12:00:00Z", "end": "9999-12-31T23:59:59-23:59"}]},
        {"absent_after": 1},
        {"resource": ""},
        {"sensitivty": 2},
    ],
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Wanted.model_validate(wrong)
