"""Clocks on walls: zones and summer time."""

from datetime import UTC, datetime

import numpy as np
import pytest

from inframind.detection.bank.local_time import local_ms
from inframind.errors import Rejected

MINUTE, HOUR = 60_000, 3_600_000


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_the_hour_skipped_in_spring_is_skipped() -> None:
    before, after = local_ms(np.array([at("2024-03-31T00:59"), at("2024-03-31T01:00")]), "Europe/Berlin").tolist()
    assert after - before == HOUR + MINUTE


def test_a_zone_of_half_hours_is_kept() -> None:
    noon = at("2024-06-01T12:00")
    assert local_ms(np.array([noon]), "Asia/Kolkata").tolist() == [noon + 5 * HOUR + HOUR // 2]


def test_times_keep_their_shape() -> None:
    times = np.array([[at("2024-06-01T12:00"), at("2024-12-01T12:00")]])
    assert (local_ms(times, "America/New_York") - times).tolist() == [[-4 * HOUR, -5 * HOUR]]


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(Rejected):
        local_ms(np.array([0]), "Mars/Olympus")
