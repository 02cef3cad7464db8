"""Series made up to judge the detector on something that is no benchmark: what they are and what happens to them.

A series has an ordinary behaviour (noise of many sorts, waves, counters, sawteeth) and at most one departure from it,
of a size that is drawn anew for each series. Nobody chose a constant by them alone, so they show whether a change that
helps a benchmark helps series that nobody has seen.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.detection.bank.bank import Bank
from inframind.detection.model.verdicts import Phase

ROWS, STEP_MS = 4032, 300_000  # a fortnight of five minutes, as most of NAB's series
DAY, WEEK = 288, 2016  # rows
SETTLED = 600  # rows from which alarms are counted
FIRST, LAST = 800, 3600  # rows between which a departure begins
JUDGED = 200  # rows from its begin in which an alarm finds it

Floats = NDArray[np.float64]
Random = np.random.Generator
Behaviour = Callable[[Random], Floats]
Departure = Callable[[Floats, int, Random], Floats]  # the series from the row on at which it departs


@dataclass(frozen=True, slots=True)
class Made:
    """A series (`ROWS`,) and the row at which it departs from its behaviour, if it does."""

    behaviour: str
    departure: str
    values: Floats
    begins: int | None


@dataclass(frozen=True, slots=True)
class Findings:
    """The share of departures that were found, and alarms in 1,000 rows of healthy series."""

    found: float
    alarms: float


def made_series(each: int, healthy: int, seed: int = 0) -> Iterator[Made]:
    """`healthy` series of each behaviour as it is, and `each` of it with each departure that can happen to it.

    >>> made = list(made_series(each=1, healthy=1))
    >>> len({one.behaviour for one in made}), all(one.values.shape == (ROWS,) for one in made)
    (16, True)
    """
    random = np.random.default_rng(seed)
    for name, behaviour in BEHAVIOURS.items():
        for _ in range(healthy):
            yield Made(name, "none", behaviour(random), None)
        for kind in ONLY.get(name, DEPARTURES):
            for _ in range(each):
                values, begins = behaviour(random), int(random.integers(FIRST, LAST))
                values[begins:] = DEPARTURES[kind](values, begins, random)
                yield Made(name, kind, values, begins)


def found_in(made: Sequence[Made]) -> Findings:
    """What the detector, as its constants are now, makes of these series."""
    bank, values = Bank.empty(), np.stack([one.values for one in made], axis=1)
    rows, times = bank.rows([b"%d" % i for i in range(len(made))]), np.arange(1, ROWS + 1) * STEP_MS
    opened = bank.update(rows, times, values).phase == Phase.OPENED
    healthy = np.array([one.begins is None for one in made])
    hits = [opened[one.begins : one.begins + JUDGED, i].any() for i, one in enumerate(made) if one.begins is not None]
    return Findings(float(np.mean(hits)), float(opened[SETTLED:, healthy].mean() * 1000))


def _wave(random: Random) -> Floats:
    turn = 2 * np.pi * (np.arange(ROWS) / DAY + random.uniform())
    return np.asarray(np.sin(turn) + 0.4 * np.sin(2 * turn + random.uniform(0, 6)), np.float64)


def _autoregressive(random: Random, memory: float) -> Floats:
    values, value = np.empty(ROWS), 0.0
    for i, step in enumerate(random.normal(0.0, np.sqrt(1 - memory**2), ROWS)):
        values[i] = value = memory * value + step
    return values


def _daily(random: Random) -> Floats:
    return np.asarray(3.0 * _wave(random) + random.normal(0.0, random.uniform(0.3, 1.0), ROWS), np.float64)


def _working_week(random: Random) -> Floats:
    weekend = (np.arange(ROWS) + random.integers(WEEK)) // DAY % 7 >= 5
    level = 10.0 + 3.0 * _wave(random) * np.where(weekend, 0.3, 1.0) - 3.0 * weekend
    return np.asarray(level * (1 + random.normal(0.0, 0.08, ROWS)), np.float64)


def _sawtooth(random: Random) -> Floats:
    lengths = random.integers(60, 120, ROWS // 60 + 1)
    ramp = np.concatenate([np.arange(n) / 90.0 for n in lengths])[:ROWS]
    return np.asarray(3.0 * ramp + random.normal(0.0, 0.1, ROWS), np.float64)


def _counter(random: Random) -> Floats:
    return np.cumsum(random.poisson(random.uniform(2, 40), ROWS)).astype(np.float64)


def _batches(random: Random) -> Floats:
    every, lasts = int(random.integers(20, 100)), int(random.integers(2, 8))
    due = (np.arange(ROWS) + random.integers(0, 3, ROWS)) % every < lasts
    return np.asarray(5.0 * due + random.normal(0.0, 0.3, ROWS), np.float64)


BEHAVIOURS: dict[str, Behaviour] = {
    "Gaussian": lambda random: random.normal(50.0, 1.0, ROWS),
    "uniform": lambda random: random.uniform(0.0, 3.5, ROWS),
    "exponential": lambda random: random.exponential(1.0, ROWS),
    "log-normal": lambda random: random.lognormal(0.0, 0.7, ROWS),
    "Student, 3 degrees": lambda random: random.standard_t(3, ROWS) / np.sqrt(3.0),
    "Poisson, mean 2": lambda random: random.poisson(2.0, ROWS).astype(np.float64),
    "zero but for 2 %": lambda random: random.binomial(1, 0.02, ROWS) * random.uniform(1.0, 10.0, ROWS),
    "rounded per cent": lambda random: np.round(100.0 * random.beta(2, 30, ROWS)).astype(np.float64),
    "autoregressive, 0.7": lambda random: _autoregressive(random, 0.7),
    "autoregressive, 0.95": lambda random: _autoregressive(random, 0.95),
    "random walk": lambda random: np.cumsum(random.normal(0.0, 1.0, ROWS)),
    "daily wave": _daily,
    "working week": _working_week,
    "sawtooth": _sawtooth,
    "counter": _counter,
    "batches": _batches,
}


def _size(values: Floats, at: int) -> float:
    return float(values[:at].std())


def _spike(values: Floats, at: int, random: Random) -> Floats:
    after = values[at:].copy()
    after[: random.integers(1, 4)] += random.uniform(4, 10) * _size(values, at)
    return after


def _shift(values: Floats, at: int, random: Random, size: float) -> Floats:
    """A level that is left for a while, or for good."""
    after = values[at:].copy()
    after[: random.integers(60, 1000)] += random.choice([-1.0, 1.0]) * size * _size(values, at)
    return after


def _drift(values: Floats, at: int, random: Random) -> Floats:
    ramp = np.minimum(np.arange(ROWS - at) / random.integers(50, 150), 1.0)
    return np.asarray(values[at:] + random.choice([-1.0, 1.0]) * random.uniform(2, 6) * _size(values, at) * ramp)


def _rough(values: Floats, at: int, random: Random) -> Floats:
    after, middle, lasts = values[at:].copy(), values[:at].mean(), int(random.integers(60, 400))
    after[:lasts] = middle + random.uniform(1.7, 4) * (after[:lasts] - middle)
    return after


def _flat(values: Floats, at: int, random: Random) -> Floats:
    after = values[at:].copy()
    after[: random.integers(100, 400)] = after[0]
    return after


def _out_of_season(values: Floats, at: int, random: Random) -> Floats:
    """Half a day as it usually is at another time of the day."""
    after, later = values[at:].copy(), int(random.integers(DAY // 3, 2 * DAY // 3))
    after[: DAY // 2] = values[at - DAY + later : at - DAY + later + DAY // 2]
    return after


def _season_gone(values: Floats, at: int, random: Random) -> Floats:
    after, lasts = values[at:].copy(), DAY + int(random.integers(DAY))
    after[:lasts] = after[0] + 0.2 * (after[:lasts] - after[0])
    return after


DEPARTURES: dict[str, Departure] = {
    "spike": _spike,
    "small shift": lambda values, at, random: _shift(values, at, random, random.uniform(1.2, 3)),
    "shift": lambda values, at, random: _shift(values, at, random, random.uniform(3, 8)),
    "drift": _drift,
    "rough": _rough,
    "flat": _flat,
    "out of season": _out_of_season,
    "season gone": _season_gone,
}
ORDINARY = ("spike", "small shift", "shift", "drift", "rough", "flat")
SKEWED = ("spike", "small shift", "shift", "drift", "flat")
SEASONAL = ("daily wave", "working week")
ONLY = {name: ORDINARY for name in BEHAVIOURS if name not in SEASONAL} | {
    "zero but for 2 %": ("spike", "shift", "rough"),
    "random walk": ("spike", "flat"),
    "counter": ("flat", "spike"),
    "exponential": SKEWED,
    "log-normal": SKEWED,
}
