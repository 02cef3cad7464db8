"""The detector of one series, for anyone's own loop."""

import math

import numpy as np
import pytest

from inframind.detection.bank import Bank, BankCorrupt
from inframind.detection.streaming import KEY, Detector, detector


def feed(watch: Detector, values: list[float], step_s: float = 60.0) -> list[float]:
    return [watch.update(step_s * i, value) for i, value in enumerate(values)]


def noisy(rows: int = 400) -> list[float]:
    return [float(v) for v in np.random.default_rng(8).normal(10.0, 1.0, rows)]


def test_an_incident_opens_once_and_stays_quiet_while_it_goes_on() -> None:
    scores = feed(detector(), [*noisy(), *[40.0] * 25])
    assert scores[400] >= 1.0
    assert max(scores[401:]) < 1.0


def test_without_economy_every_row_of_an_incident_scores_high() -> None:
    scores = feed(detector(economy=False), [*noisy(), *[40.0] * 10])
    assert min(scores[400:]) > 3 * max(scores[100:400])


def test_missing_values_score_nothing() -> None:
    watch = detector(economy=False)
    feed(watch, noisy())
    assert watch.update(1e6, math.nan) == 0.0
    assert watch.update(1e6 + 60, math.inf) == 0.0


def test_a_repeated_time_is_the_next_row_not_a_lost_one() -> None:
    watch = detector(economy=False)
    feed(watch, noisy())
    assert watch.update(0.0, 60.0) > 1.0


def test_bytes_that_are_no_state_are_refused() -> None:
    with pytest.raises(BankCorrupt):
        detector(b"not a state")


@pytest.mark.parametrize("unit", [1e-3, 1.0, 1e9])
def test_the_whole_state_of_a_series_fits_into_a_kibibyte(unit: float) -> None:
    watch = detector()
    for i, value in enumerate(np.random.default_rng(3).lognormal(0.0, 1.0, 24 * 21) * unit):
        watch.update(3600.0 * i, float(value))
        assert len(watch.to_bytes()) <= 1024


def test_no_state_at_all_is_larger_than_a_kibibyte() -> None:
    bank = Bank.empty()
    bank.rows([KEY])
    noise = np.random.default_rng(4)
    for column in bank._columns.layout:  # numbers that nothing can compress
        kept = bank._columns.column(column.name)
        kept[...] = np.frombuffer(noise.bytes(kept.nbytes), kept.dtype).reshape(kept.shape)
    assert len(bank.to_bytes()) <= 1024
