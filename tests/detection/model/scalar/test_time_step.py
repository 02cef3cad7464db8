"""Plain numbers and arrays give the same bits: scores, continuous scores and the state itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inframind.detection.bank.bank import Bank
from inframind.detection.model.scalar import time_step
from inframind.detection.model.scalar.scalars import Scalars, single, within
from inframind.detection.model.tuning import Tuning
from inframind.detection.model.verdicts import Verdicts
from inframind.detection.streaming import KEY, Detector
from tests.benchmarks.made_series import ROWS, made_series

Floats = NDArray[np.float64]
MADE = [one.values[ROWS - 900 :] for one in made_series(each=1, healthy=0, seed=11)]
few = settings(max_examples=20, deadline=None)


def by_bank(values: Floats, step_ms: int = 300_000, tuning: Tuning | None = None) -> tuple[Verdicts, bytes]:
    """What the bank makes of a series, and its state behind it."""
    bank = Bank.empty()
    rows = bank.rows([KEY])
    if tuning:
        bank.tune(rows, tuning)
    times = np.arange(1, len(values) + 1) * step_ms
    return bank.update(rows, times, values[:, None]), bank.to_bytes()


def by_numbers(
    values: Floats, economy: bool, step_ms: int = 300_000, tuning: Tuning | None = None
) -> tuple[bytes, bytes]:
    """The bytes of the scores that the streaming detector gives, and of its state behind them."""
    bank = Bank.empty()
    if tuning:
        bank.tune(bank.rows([KEY]), tuning)
    watch = Detector(bank, economy)
    scores = [watch.update((i + 1) * step_ms / 1000, value) for i, value in enumerate(values.tolist())]
    return np.array(scores).tobytes(), watch.to_bytes()


@pytest.mark.parametrize("values", MADE[::9], ids=map(str, range(0, len(MADE), 9)))
def test_a_sample_at_a_time_is_the_bank_to_the_last_bit(values: Floats) -> None:
    verdicts, state = by_bank(values)
    assert by_numbers(values, economy=True) == (verdicts.score.tobytes(), state)
    assert by_numbers(values, economy=False) == (verdicts.raw.tobytes(), state)


@pytest.mark.parametrize("step_ms", [1, 60_000, 3_600_000, 40_000_000])
def test_at_any_pace(step_ms: int) -> None:
    verdicts, state = by_bank(MADE[40], step_ms)
    assert by_numbers(MADE[40], True, step_ms) == (verdicts.score.tobytes(), state)


@pytest.mark.parametrize(
    "tuning",
    [
        Tuning(sensitivity=4.0, trigger=3, recovery=2),
        Tuning(sensitivity=0.3, direction="up", recovery=40),
        Tuning(direction="down", least_change=0.5, least_share=0.02),
    ],
    ids=["sensitive", "up", "down"],
)
def test_whatever_is_asked_of_it(tuning: Tuning) -> None:
    for values in MADE[1::30]:
        verdicts, state = by_bank(values, tuning=tuning)
        assert by_numbers(values, True, tuning=tuning) == (verdicts.score.tobytes(), state)


extremes = st.sampled_from([0.0, -0.0, 1e30, -1e30, 2e30, 5e-324, 1e-300, 1.0, 1.0, 1.0, float("nan"), float("inf")])


@few
@given(values=st.lists(st.one_of(extremes, st.floats(-1e30, 1e30), st.integers(-3, 3).map(float)), max_size=80))
def test_on_any_values_missing_ones_among_them(values: list[float]) -> None:
    verdicts, state = by_bank(np.array(values, np.float64))
    assert by_numbers(np.array(values, np.float64), True) == (verdicts.score.tobytes(), state)


@few
@given(seed=st.integers(0, 2**32 - 1), noise=st.sampled_from([0.0, 1e-9, 1.0]), unit=st.floats(1e-12, 1e12))
def test_on_plateaus_with_jumps_and_gaps(seed: int, noise: float, unit: float) -> None:
    random = np.random.default_rng(seed)
    values = np.repeat(random.integers(-5, 5, 10), random.integers(1, 40, 10)) + random.normal(0.0, noise or 1e-300)
    values = unit * (values + noise * random.normal(0.0, 1.0, len(values)))
    values[random.uniform(size=len(values)) < 0.02] = np.nan
    verdicts, state = by_bank(values)
    assert by_numbers(values, True) == (verdicts.score.tobytes(), state)


def test_no_column_is_forgotten() -> None:
    bank = Bank.empty()
    rows = bank.rows([b"other", KEY])[1:]
    bank.update(rows, np.arange(1, 9) * 60_000, np.arange(8, dtype=np.float64)[:, None])
    numbers, other = Scalars(bank.gather(rows), 1), bank.gather(np.array([0]))
    before = {name: np.array(column) for name, column in other.items()}
    time_step.step(numbers, 540_000, 30.0)
    bank.scatter(numbers.state())
    assert bank.samples().tolist() == [0.0, 9.0]
    after = bank.gather(np.array([0]))
    assert all(np.array_equal(before[name], after[name]) for name in before if before[name].shape[-1] == 1)


def test_single_precision_is_that_of_numpy() -> None:
    for x in (0.1, 1e-40, 1 + 2**-24, 3.3e38, -7.0):
        assert single(x) == float(np.float32(x))
    assert [within(x, 2.0) for x in (-3.0, 1.0, 3.0)] == [-2.0, 1.0, 2.0]
