"""A clock that jumps ahead is doubted until it goes on, and taken back when it does not."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inframind.detection.bank.bank import Bank
from inframind.detection.bank.serialization import unpack
from inframind.detection.model.clock import DOUBTED, is_due
from inframind.detection.model.layout import LAYOUT
from inframind.detection.model.scalar.clock import Clock, follow, placed
from inframind.detection.streaming import KEY, Detector, detector

Floats = NDArray[np.float64]
MINUTE, DAY = 60_000, 86_400_000
START = 1_768_132_800_000  # 2026-01-11T12:00:00Z
FAR_FUTURE = START + 73 * 365 * DAY
HISTORY = 200


def wave(rows: int) -> Floats:
    minutes = np.arange(rows)
    noise = np.random.default_rng(5).normal(0.0, 0.1, rows)
    return np.asarray(10.0 + np.sin(minutes * (2 * math.pi / 1440)) + noise)


def with_broken(count: int, at: int = HISTORY, rows: int = HISTORY + 400) -> NDArray[np.int64]:
    """Times a minute apart, of which `count` in succession come from a clock that is 73 years ahead."""
    times = START + np.arange(rows) * MINUTE
    times[at : at + count] += FAR_FUTURE - START
    return times


def streamed(times: NDArray[np.int64], values: Floats, economy: bool = False) -> tuple[list[float], Detector]:
    watch = detector(economy=economy)
    return [watch.update(t / 1000, x) for t, x in zip(times.tolist(), values.tolist(), strict=True)], watch


def newest_ms(watch: Detector) -> int:
    return int(Bank.from_bytes(watch.to_bytes()).newest_ms()[0])


@pytest.mark.parametrize("count", [1, 2, DOUBTED])
@pytest.mark.parametrize("at", [1, 3, HISTORY])
def test_a_stream_takes_time_back_when_its_clock_has_been_wrong(count: int, at: int) -> None:
    times = with_broken(count, at)
    _, watch = streamed(times, wave(len(times)))
    assert newest_ms(watch) == times[-1]


def test_a_first_sample_from_the_future_is_not_the_beginning_of_the_series() -> None:
    times = with_broken(1, at=0)
    _, watch = streamed(times, wave(len(times)))
    assert newest_ms(watch) == times[-1]
    assert unpack(watch.to_bytes()).arrays["first_ms"].tolist() == [times[1]]


@pytest.mark.parametrize("count", [1, DOUBTED])
def test_a_bank_goes_on_with_a_series_whose_clock_has_been_wrong(count: int) -> None:
    times = with_broken(count)
    bank = Bank.empty()
    verdicts = bank.update(bank.rows([b"a", b"b"]), times, np.tile(wave(len(times))[:, None], (1, 2)))
    assert (verdicts.raw[HISTORY:] > 0).all()
    assert bank.newest_ms().tolist() == [times[-1]] * 2


def test_the_season_behind_a_wrong_clock_is_that_of_the_right_one() -> None:
    rows = 5 * 1440
    times, values = with_broken(1, at=1440, rows=rows), wave(rows)
    broken, _ = streamed(times, values)
    right, _ = streamed(START + np.arange(rows) * MINUTE, values)
    assert np.mean(np.abs(np.array(broken[-1440:]) - right[-1440:])) < 0.02


def test_a_clock_that_goes_on_is_believed() -> None:
    times = with_broken(DOUBTED + 1)
    _, watch = streamed(times, wave(len(times)))
    assert newest_ms(watch) > FAR_FUTURE


def test_a_long_gap_goes_on_behind_it() -> None:
    times = START + np.arange(600) * MINUTE
    times[300:] += 7 * DAY
    bank = Bank.empty()
    rows, values = bank.rows([KEY]), wave(600)[:, None]
    bank.update(rows, times[:301], values[:301])
    late = bank.update(rows, times[300:301] - MINUTE, values[:1])  # near the new clock: late, as ever
    assert late.raw.tolist() == [[0.0]]
    assert (bank.update(rows, times[301:], values[301:]).raw > 0).all()
    assert bank.newest_ms().tolist() == [times[-1]]


def test_what_was_learnt_before_the_jump_is_not_learnt_again() -> None:
    times = with_broken(1, rows=HISTORY + 1)
    bank = Bank.empty()
    rows = bank.rows([KEY])
    bank.update(rows, times, wave(len(times))[:, None])
    again = bank.update(rows, times[HISTORY - 5 : HISTORY], wave(5)[:, None])
    assert again.raw.tolist() == [[0.0]] * 5
    assert bank.newest_ms().tolist() == [FAR_FUTURE + HISTORY * MINUTE]


def test_a_missing_value_from_a_wrong_clock_moves_no_time() -> None:
    watch = detector()
    watch.update(START / 1000, 1.0)
    watch.update(FAR_FUTURE / 1000, None)
    watch.update(START / 1000 + 60, 1.0)
    assert newest_ms(watch) == START + MINUTE


def test_doubt_outlives_the_process() -> None:
    times, values = with_broken(3), wave(HISTORY + 400)
    straight, _ = streamed(times, values)
    watch = detector(economy=False)
    for i in range(HISTORY - 2, HISTORY + 6):
        part, watch = streamed(times[:i], values[:i])
        again = detector(watch.to_bytes(), economy=False)
        rest = [again.update(t / 1000, x) for t, x in zip(times[i:].tolist(), values[i:].tolist(), strict=True)]
        assert part + rest == straight


jumps = st.sampled_from([0, 1, MINUTE, MINUTE, MINUTE, MINUTE, DAY, -DAY, 30 * DAY, -30 * DAY, 400 * DAY, -MINUTE])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(steps=st.lists(jumps, min_size=1, max_size=120))
def test_whatever_the_clock_does_a_stream_and_a_bank_agree(steps: list[int]) -> None:
    times, values = START + np.cumsum(np.array([MINUTE] * 8 + steps)), wave(8 + len(steps))
    bank, watch, clock = Bank.empty(), detector(economy=False), Clock()
    rows = bank.rows([KEY])
    for time, x in zip(times.tolist(), values.tolist(), strict=True):
        due = bool(is_due(bank.gather(rows), np.array([time]))[0])
        at = placed(clock, time)
        follow(clock, at)
        clock.n += 1
        assert due == (at == time)
        assert bank.update(rows, np.array([at]), np.array([[x]])).raw[0, 0] == watch.update(time / 1000, x)
    assert bank.to_bytes() == watch.to_bytes()
    assert bank.newest_ms().tolist() == [clock.newest_ms]


def test_a_state_without_a_doubt_is_as_it_was_before_there_were_doubts() -> None:
    right, wrong = (streamed(with_broken(count, rows=HISTORY + 1), wave(HISTORY + 1))[1] for count in (0, 1))
    rare = {c.name for c in LAYOUT if c.rare}
    assert rare.isdisjoint(unpack(right.to_bytes()).arrays)
    assert rare <= unpack(wrong.to_bytes()).arrays.keys()
