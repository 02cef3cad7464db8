"""Windows in which nothing is judged."""

from datetime import UTC, datetime

import numpy as np

from inframind.detection.detectors.windows import excluded


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_a_window_follows_the_local_clock() -> None:
    backup = ((0, 1, 2, 3, 4), 2 * 60, 3 * 60)
    instants = np.array([at("2024-07-01T00:30"), at("2024-07-01T02:30"), at("2024-07-06T00:30")])
    assert excluded(instants, [backup], "Europe/Berlin").tolist() == [True, False, False]


def test_a_window_over_midnight_belongs_to_the_day_it_starts_on() -> None:
    friday_night = ((4,), 22 * 60, 6 * 60)
    instants = np.array(
        [at("2024-07-05T23:00"), at("2024-07-06T05:59"), at("2024-07-06T23:00"), at("2024-07-05T05:00")]
    )
    assert excluded(instants, [friday_night]).tolist() == [True, True, False, False]
