"""The detector of one series, for anyone's own loop."""

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from inframind.detection.bank.bank import Bank, BankCorrupt
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


ODD: list[tuple[Any, Any]] = [
    (None, 1.0), (math.nan, 1.0), (math.inf, 1.0), (-math.inf, 1.0), (1e300, 1.0), (-1e300, 1.0), (10**400, 1.0),
    (-5.0, 1.0), (0, 1), (True, True), (np.int32(1_400_000_000), np.int32(7)), (np.float32(7e3), np.float32(7)),
    (np.int64(7000), np.uint8(9)), (np.array(7000.0), np.array(7.0)), (Decimal(7000), Decimal("7.5")),
    (7000, None), (7000, math.nan), (7000, -math.inf), (7000, 1e300), (7000, 10**400), (7000, 5e-324),
    (7000, np.float64("nan")),
]  # fmt: skip


@pytest.mark.parametrize(("time", "value"), ODD, ids=map(str, range(len(ODD))))
def test_no_number_raises_and_the_stream_goes_on(time: Any, value: Any) -> None:
    watch, plain = detector(economy=False), detector(economy=False)
    feed(watch, noisy(100))
    feed(plain, noisy(100))
    assert math.isfinite(watch.update(time, value))
    assert math.isfinite(watch.update(1e10, 10.0))
    assert detector(watch.to_bytes(), economy=False).update(2e10, 30.0) == watch.update(2e10, 30.0)


def test_a_time_that_is_none_is_the_next_millisecond() -> None:
    odd, plain = detector(), detector()
    feed(odd, noisy(100))
    feed(plain, noisy(100))
    for time in (None, math.nan, math.inf, 1e16, -1.0, 0.0):
        assert odd.update(time, 12.5) == plain.update(0.0, 12.5)
    assert odd.to_bytes() == plain.to_bytes()


DATES = [np.datetime64("2024-01-01"), np.datetime64("2024-01-01", "ns"), np.timedelta64(3, "ns")]


@pytest.mark.parametrize("value", ["high", "", 1j, [1.0, 2.0], {}, *DATES], ids=map(str, range(8)))
def test_what_is_no_number_is_refused_and_learns_nothing(value: Any) -> None:
    watch = detector()
    feed(watch, noisy(100))
    before = watch.to_bytes()
    with pytest.raises((TypeError, ValueError)):
        watch.update(1e5, value)
    with pytest.raises((TypeError, ValueError)):
        watch.update(value, 1.0)
    assert watch.to_bytes() == before


@pytest.mark.parametrize("economy", [True, False])
def test_bytes_taken_in_the_middle_of_anything_go_on_identically(economy: bool) -> None:
    values = [*noisy(), *[40.0] * 90, *noisy(200)]
    values[3] = values[450] = math.nan
    straight = detector(economy=economy)
    expected = feed(straight, values)
    for cut in (0, 1, 5, 6, 7, 50, 401, 402, 449, 450, 451, 460, 600):
        first = detector(economy=economy)
        before = feed(first, values[:cut])
        state = first.to_bytes()
        assert first.to_bytes() == state
        second = detector(state, economy)
        assert before + [second.update(60.0 * (cut + i), v) for i, v in enumerate(values[cut:])] == expected
        assert second.to_bytes() == straight.to_bytes()


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
