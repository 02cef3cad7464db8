"""The season is found by itself: hours, weekdays, and the clock on a people's wall."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from inframind.detection.bank.bank import Bank
from inframind.detection.model.verdicts import Kind, Phase

HOUR = 3_600_000
START = int(datetime(2024, 2, 5, tzinfo=UTC).timestamp() * 1000)  # a Monday


def hourly(days: int) -> NDArray[np.int64]:
    return START + np.arange(days * 24, dtype=np.int64) * HOUR


def office_load(times_ms: NDArray[np.int64], zone: str = "UTC") -> NDArray[np.float64]:
    """Busy from nine to five on workdays, by the clock of a zone, with a little noise."""
    here = [datetime.fromtimestamp(t / 1000, UTC).astimezone(ZoneInfo(zone)) for t in times_ms.tolist()]
    busy = np.array([9 <= t.hour < 17 and t.weekday() < 5 for t in here])
    return np.where(busy, 80.0, 20.0) + np.random.default_rng(1).normal(0, 1.0, len(here))


def expectations(times_ms: NDArray[np.int64], values: NDArray[np.float64], zone: str = "UTC") -> NDArray[np.float64]:
    bank = Bank.empty()
    return bank.update(bank.rows([b"load"]), times_ms, values[:, None], zone).expected[:, 0]


def test_the_hour_of_the_day_is_learnt_within_days() -> None:
    times = hourly(10)
    values = np.where(times // HOUR % 24 < 12, 10.0, 90.0) + np.random.default_rng(2).normal(0, 1, len(times))
    error = np.abs(expectations(times, values) - values)
    assert error[-48:].mean() < 15.0 < 30.0 < error[12:36].mean()


def test_a_quiet_saturday_is_expected_after_some_weeks() -> None:
    times = hourly(70)
    expected = expectations(times, office_load(times))
    monday_noon, saturday_noon = 63 * 24 + 12, 68 * 24 + 12
    assert datetime.fromtimestamp(times[monday_noon] / 1000, UTC).weekday() == 0
    assert datetime.fromtimestamp(times[saturday_noon] / 1000, UTC).weekday() == 5
    assert expected[monday_noon] - expected[saturday_noon] > 25.0


def test_summer_time_does_not_move_the_working_day() -> None:
    times = hourly(70)
    values = office_load(times, "Europe/Berlin")
    after = times > int(datetime(2024, 3, 31, 2, tzinfo=UTC).timestamp() * 1000)
    local, fixed = (np.abs(expectations(times, values, zone) - values)[after][:96] for zone in ("Europe/Berlin", "UTC"))
    assert local.mean() < 0.9 * fixed.mean()


def test_a_busy_night_is_an_anomaly_though_such_days_are_common() -> None:
    times = hourly(40)
    values = np.where((times // HOUR % 24 >= 9) & (times // HOUR % 24 < 17), 80.0, 20.0)
    values = values + np.random.default_rng(3).normal(0, 1.0, len(times))
    values[30 * 24 + 3] = 80.0
    bank = Bank.empty()
    verdicts = bank.update(bank.rows([b"load"]), times, values[:, None])
    assert verdicts.phase[30 * 24 + 3, 0] == Phase.OPENED
    assert verdicts.kind[30 * 24 + 3, 0] == Kind.SPIKE
