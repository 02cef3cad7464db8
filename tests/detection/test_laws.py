"""Laws that hold for every series: checked on arbitrary ones."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inframind.detection.bank.bank import Bank
from inframind.detection.model.time_step import MIN_HISTORY
from inframind.detection.model.verdicts import Phase, Verdicts
from inframind.detection.streaming import detector

MINUTE = 60_000
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=25, deadline=None)
wide = settings(max_examples=5, deadline=None)  # where one example is of many series: a bank judges them at once
SERIES = 10


def noise(seed: int, rows: int = 300, series: int = 1) -> NDArray[np.float64]:
    """Noisy series, one a column."""
    return np.random.default_rng(seed).normal(50.0, 2.0, (rows, series))


def of_each(*values: st.SearchStrategy[float]) -> st.SearchStrategy[list[tuple[float, ...]]]:
    """So many values for each series of an example."""
    return st.lists(st.tuples(*values), min_size=SERIES, max_size=SERIES)


def judge(values: NDArray[np.float64]) -> Verdicts:
    bank = Bank.empty()
    rows = bank.rows([b"%d" % i for i in range(values.shape[1])])
    return bank.update(rows, np.arange(1, len(values) + 1) * MINUTE, values)


@few
@given(value=st.floats(-1e12, 1e12), rows=st.integers(1, 400))
def test_a_constant_is_never_an_anomaly(value: float, rows: int) -> None:
    verdicts = judge(np.full((rows, 1), value))
    assert not verdicts.phase.any()
    assert not verdicts.raw.any()


@wide
@given(seed=seeds, units=of_each(st.floats(-1e4, 1e4), st.floats(1e-3, 1e3)))
def test_verdicts_do_not_depend_on_the_unit_or_the_origin(seed: int, units: list[tuple[float, float]]) -> None:
    values, (shift, scale) = noise(seed, series=SERIES), np.transpose(units)
    values[200:] += 15.0
    plain, moved = judge(values), judge(values * scale + shift)
    assert np.allclose(plain.raw, moved.raw, rtol=1e-4, atol=1e-4)
    assert np.allclose(plain.score, moved.score, rtol=1e-2, atol=1e-2)


@few
@given(seed=seeds)
def test_nothing_is_said_below_the_minimum_history(seed: int) -> None:
    values = noise(seed, MIN_HISTORY)
    values[-1] = 1e6
    assert not judge(values).phase.any()


@wide
@given(seed=seeds, steps=of_each(st.sampled_from([-20.0, 20.0]), st.integers(250, 550)))
def test_a_step_of_twenty_deviations_is_an_anomaly(seed: int, steps: list[tuple[float, int]]) -> None:
    values = noise(seed, 600, SERIES)
    for column, (deviations, at) in enumerate(steps):
        values[at:, column] += deviations * 2.0
    verdicts = judge(values)
    for column, (_, at) in enumerate(steps):
        phases = verdicts.phase[:, column]
        assert (phases[at : at + 3] == Phase.OPENED).any() or phases[at - 1] != Phase.QUIET
        assert verdicts.raw[at, column] > 1.0


@few
@given(
    values=st.lists(
        st.one_of(st.floats(allow_nan=True, allow_infinity=True), st.just(float("nan"))), min_size=1, max_size=120
    )
)
def test_no_input_raises_and_every_score_is_a_number(values: list[float]) -> None:
    verdicts = judge(np.array(values).reshape(-1, 1))
    assert np.isfinite(verdicts.score).all()
    assert np.isfinite(verdicts.raw).all()
    assert np.isfinite(verdicts.z).all()


@few
@given(seed=seeds, cuts=st.lists(st.integers(1, 149), max_size=5))
def test_any_split_into_batches_gives_the_same_bits(seed: int, cuts: list[int]) -> None:
    values, times = noise(seed, 150, SERIES), np.arange(1, 151) * MINUTE
    whole, bank = judge(values), Bank.empty()
    edges = sorted({0, *cuts, 150})
    parts = []
    for first, end in pairwise(edges):
        parts.append(bank.update(bank.rows([b"%d" % i for i in range(SERIES)]), times[first:end], values[first:end]))
        bank = Bank.from_bytes(bank.to_bytes())
    for name in Verdicts.__slots__:
        assert np.concatenate([getattr(p, name) for p in parts]).tobytes() == getattr(whole, name).tobytes()


@wide
@given(seed=seeds)
def test_an_anomaly_opens_before_it_goes_on_or_clears(seed: int) -> None:
    values = noise(seed, 600, SERIES)
    values[300:400] *= 3.0
    for phases in judge(values).phase.T.tolist():
        open_now = False
        for phase in phases:
            if phase in (Phase.ONGOING, Phase.CLEARED):
                assert open_now
            open_now = phase in (Phase.OPENED, Phase.ONGOING)


@pytest.mark.parametrize("by", [10.0, 40.0])
def test_a_long_incident_is_one_anomaly(by: float) -> None:
    values = np.random.default_rng(5).normal(50.0, 1.0, (1600, 50))
    values[1500:] += by
    phases = judge(values).phase[1500:]
    assert (phases == Phase.OPENED).sum(axis=0).tolist() == [1] * 50
    assert (phases[-1] == Phase.ONGOING).all()


@pytest.mark.parametrize("batch", [1, 7, 60])
def test_a_saved_stream_goes_on_as_if_it_had_not_been_saved(batch: int) -> None:
    values = noise(3)[:, 0]
    values[250:] += 30.0
    straight = detector()
    expected = [straight.update(60.0 * i, v) for i, v in enumerate(values)]
    watch, found = detector(), []
    for i, value in enumerate(values):
        if i % batch == 0:
            watch = detector(watch.to_bytes())
        found.append(watch.update(60.0 * i, value))
    assert found == expected
    assert max(found[250:]) >= 1.0
