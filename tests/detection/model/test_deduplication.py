"""One lasting change is told once; what comes on top of it is told as well."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from inframind.detection.bank.bank import Bank
from inframind.detection.model.verdicts import Phase, Verdicts

FIVE_MINUTES = 300_000
BEFORE, AFTER, SERIES = 1500, 2000, 30

Floats = NDArray[np.float64]


def plain() -> Floats:
    return np.random.default_rng(11).normal(50.0, 1.0, (BEFORE + AFTER, SERIES))


def daily() -> Floats:
    return plain() + 3.0 * np.sin(np.arange(BEFORE + AFTER) * 2 * np.pi / 288)[:, None]


def wandering() -> Floats:
    steps, values = np.random.default_rng(12).normal(0.0, 0.44, (BEFORE + AFTER, SERIES)), np.zeros(SERIES)
    return 50.0 + np.array([values := 0.9 * values + step for step in steps])


def judge(values: Floats, series: Callable[[], Floats] = plain) -> Verdicts:
    """Verdicts on everything from the change on; before it, the values are those of `series`, beside each other."""
    return follow(Bank.from_bytes(learnt(series, values.shape[1] // SERIES)), BEFORE, values[BEFORE:])


@cache
def learnt(series: Callable[[], Floats], times: int) -> bytes:
    """What the bank knows when the change comes: learnt once for all tests, for each series so many times."""
    bank = Bank.empty()
    follow(bank, 0, np.tile(series()[:BEFORE], times))
    return bank.to_bytes()


def follow(bank: Bank, first: int, values: Floats) -> Verdicts:
    rows = bank.rows([b"%d" % i for i in range(values.shape[1])])
    return bank.update(rows, np.arange(first + 1, first + len(values) + 1) * FIVE_MINUTES, values)


def openings(verdicts: Verdicts, first: int = 0) -> NDArray[np.int64]:
    """How many anomalies opened in each series from a row on."""
    return np.asarray((verdicts.phase[first:] == Phase.OPENED).sum(axis=0), np.int64)


@pytest.mark.parametrize("series", [plain, daily, wandering], ids=lambda case: getattr(case, "__name__", ""))
def test_a_level_that_has_moved_for_good_opens_one_anomaly(series: Callable[[], Floats]) -> None:
    moved = (-10.0, 10.0, 40.0, 200.0)
    values = np.tile(series(), len(moved))
    values[BEFORE:] += np.repeat(moved, SERIES)
    found = openings(judge(values, series)).reshape(len(moved), SERIES)
    assert found.min() == 1
    assert found.mean(axis=1).max() <= 1.1


def test_a_small_shift_opens_hardly_more_than_one() -> None:
    values = plain()
    values[BEFORE:] += 5.0
    assert openings(judge(values)).mean() <= 1.2


@pytest.mark.parametrize("by", [10.0, 200.0])
def test_the_one_anomaly_goes_on_and_clears_once_the_new_level_is_usual(by: float) -> None:
    values = plain()
    values[BEFORE:] += by
    phases = judge(values).phase
    assert (phases[:100] != Phase.QUIET).all()
    assert (phases[-1] == Phase.QUIET).all()
    assert ((phases == Phase.CLEARED).sum(axis=0) == (phases == Phase.OPENED).sum(axis=0)).all()


def test_a_ramp_is_told_hardly_more_often_than_a_step() -> None:
    values = plain()
    values[BEFORE:] += 10.0 * np.minimum(np.arange(AFTER) / 100.0, 1.0)[:, None]
    assert 1.0 <= openings(judge(values)).mean() <= 1.2


def test_lasting_roughness_is_told_hardly_more_often_than_once() -> None:
    values = plain()
    values[BEFORE:] = 50.0 + 4.0 * (values[BEFORE:] - 50.0)
    assert openings(judge(values)).mean() <= 1.3


@pytest.mark.parametrize("after", [250, 600, 1200])
def test_a_second_step_on_top_of_a_lasting_one_is_told_too(after: int) -> None:
    values = plain()
    values[BEFORE:] += 10.0
    values[BEFORE + after :] += 20.0
    again = (judge(values).phase[after : after + 5] == Phase.OPENED).any(axis=0)
    assert again.all()


def test_the_same_departure_is_told_again_once_the_series_was_back() -> None:
    values = plain()
    for first in (BEFORE, BEFORE + 1000):
        values[first : first + 50] += 15.0
    assert (openings(judge(values), 1000) >= 1).all()


def test_a_state_from_before_this_was_kept_learns_it_from_the_next_samples() -> None:
    values = plain()
    values[BEFORE:] += 10.0
    bank = Bank.from_bytes(learnt(plain, 1))
    for name in ("told", "lately"):
        bank._columns.column(name)[:] = 0
    found = follow(bank, BEFORE, values[BEFORE:])
    assert (found.phase[0] == Phase.OPENED).all()
    assert (found.phase == Phase.OPENED).sum(axis=0).mean() <= 1.1
