"""Tests of what is large enough to speak of."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inframind.detection.bank.bank import Bank
from inframind.detection.model.verdicts import Phase

STEPS, SERIES = 1_000, 60


def openings(values: NDArray[np.float64]) -> NDArray[np.bool_]:
    bank = Bank.empty()
    rows = bank.rows([b"%d" % n for n in range(values.shape[1])])
    times = np.arange(1, len(values) + 1) * 15_000
    return np.asarray(bank.update(rows, times, values).phase == Phase.OPENED)


def noise(kind: str) -> NDArray[np.float64]:
    random = np.random.default_rng(20)
    shape = (STEPS, SERIES)
    made = {
        "normal": random.normal(50.0, 2.0, shape),
        "uniform": random.uniform(10.0, 20.0, shape),
        "counts": random.poisson(20.0, shape).astype(float),
    }
    return made[kind]


@pytest.mark.parametrize("kind", ["normal", "uniform", "counts"])
def test_plain_noise_opens_less_than_one_anomaly_in_three_thousand_samples(kind: str) -> None:
    assert openings(noise(kind)).sum() <= STEPS * SERIES / 3_000


@pytest.mark.parametrize("deviations", [6.0, -6.0])
def test_a_far_value_in_noise_still_speaks_at_once(deviations: float) -> None:
    values = noise("normal")
    values[-1] += deviations * 2.0
    assert openings(values)[-1].mean() > 0.9


def test_a_level_that_moves_by_three_deviations_speaks_within_ten_samples() -> None:
    values = noise("normal")
    values[-10:] += 6.0
    assert openings(values)[-10:].any(axis=0).mean() > 0.9


def test_a_series_that_stops_moving_speaks() -> None:
    values = noise("normal")
    values[-60:] = values[-60]
    assert openings(values)[-60:].any(axis=0).mean() > 0.9


def test_a_young_fleet_that_wanders_opens_an_anomaly_in_few_of_its_series() -> None:
    random, window = np.random.default_rng(22), 40
    shocks = np.cumsum(random.normal(0.0, 2.0, (480 + window, 132)), axis=0)
    slow = (shocks[window:] - shocks[:-window]) / window
    assert openings(40.0 + 2.0 * slow + random.normal(0.0, 2.0, slow.shape)).sum() <= 17
