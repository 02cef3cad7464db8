"""What is usual for a series at this time of day and day of the week, learnt from the series alone.

Expected value = level + what this half hour of the day adds + what this quarter of a weekday adds. Each part counts
only as far as it has been seen, and learning is winsorised: a value further than three deviations from what was
expected teaches no more than one three deviations away, so an incident is not learnt as usual.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inframind.detection.model.columns import ROWS, Column, State

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

HALF_HOUR_MS, QUARTER_DAY_MS, WEEK_MS = 1_800_000, 21_600_000, 604_800_000
HALF_HOURS, QUARTERS = 48, 28
MEMORY = 1000  # samples: level and deviation, the span of the seed's rolling window
GATE_MEMORY = 500  # samples: how much of the movement the season explains
DAILY_MEMORY, WEEKLY_MEMORY = 30, 200  # samples of a bin
DAILY_SHRINK = 4.0  # samples of a half hour at which half of what it says is believed
WEEKLY_SHRINK = 2.0  # weeks after the first at which half of what a weekday says is believed
LEARNING_CLIP, LEVEL_CLIP = 3.0, 5.0  # deviations; the level follows a real shift a little faster
FLOOR = 1e-11  # less than this share of the value's own size is rounding, not variation
Z_CAP = 50.0

LAYOUT = (
    Column("n", "<f8"),
    Column("first_ms", "<i8"),
    Column("level", "<f8"),
    Column("mean", "<f8"),  # of what the season leaves over
    Column("var", "<f8"),
    Column("spread", "<f8", (2,)),  # mean absolute distance: from the level, and from what was expected
    Column("daily", "<f4", (HALF_HOURS,), table=True),
    Column("daily_n", "|u1", (HALF_HOURS,), table=True),
    Column("weekly", "<f4", (QUARTERS,), table=True),
    Column("weekly_n", "|u1", (QUARTERS,), table=True),
)


@dataclass(slots=True)
class Expected:
    """What was expected of one time step, (n,) each: bins of the time, parts of the expectation, and what is left."""

    half_hour: NDArray[Any]
    quarter: NDArray[Any]
    level: Floats
    daily: Floats
    weekly: Floats
    residual: Floats
    std: Floats
    floor: Floats
    z: Floats

    @property
    def value(self) -> Floats:
        """The value that was expected, without the mean of the residual."""
        return self.level + self.daily + self.weekly


def expect(state: State, local_ms: Times, x: Floats) -> Expected:
    """What was expected of values `x`, (n,), at a local time (one for all, or one for each)."""
    rows, n = state[ROWS], state["n"]
    half_hour, quarter = local_ms // HALF_HOUR_MS % HALF_HOURS, local_ms // QUARTER_DAY_MS % QUARTERS
    level = np.where(n > 0, state["level"], x)
    seen = state["daily_n"][half_hour, rows].astype(np.float64)
    daily = state["daily"][half_hour, rows] * (seen / (seen + DAILY_SHRINK))
    weeks = np.maximum((local_ms - state["first_ms"]) / WEEK_MS - 1.0, 0.0)
    weekly = state["weekly"][quarter, rows] * (weeks / (weeks + WEEKLY_SHRINK))
    residual = x - level - daily - weekly
    std, floor = np.sqrt(state["var"]), FLOOR * np.maximum(np.abs(x), np.abs(level)) + 1e-300
    apart = residual - state["mean"]
    z = np.where((np.abs(apart) > floor) | (std > floor), apart / np.maximum(std, floor), 0.0)
    return Expected(half_hour, quarter, level, daily, weekly, residual, std, floor, np.clip(z, -Z_CAP, Z_CAP))


def learn(state: State, x: Floats, was: Expected, present: NDArray[np.bool_]) -> None:
    """Let the present values change what is expected."""
    n = state["n"] + 1.0
    rate = present / np.minimum(n, MEMORY)
    limit = np.where(was.std > was.floor, LEARNING_CLIP * was.std, np.inf)
    step = np.clip(was.residual - state["mean"], -limit, limit)
    state["mean"] = state["mean"] + rate * step
    state["var"] = np.where(present, (1.0 - rate) * (state["var"] + rate * step * step), state["var"])
    _learn_spread(state, x, was, present)
    _learn_bin(state, "daily", was.half_hour, (x - was.level, limit, present, DAILY_MEMORY))
    _learn_bin(state, "weekly", was.quarter, (x - was.level - was.daily, limit, present, WEEKLY_MEMORY))
    reach = limit * (LEVEL_CLIP / LEARNING_CLIP)
    state["level"] = was.level + rate * np.clip(x - was.level, -reach, reach)
    state["n"] = state["n"] + present


def explained(state: State) -> Floats:
    """How much of its movement the season leaves over, (n,): 0 when it explains all, 1 and more when none.

    >>> explained({"spread": np.array([[10.0], [4.0]])}).tolist()
    [0.4]
    """
    return np.asarray(state["spread"][1] / np.maximum(state["spread"][0], 1e-300), np.float64)


def _learn_spread(state: State, x: Floats, was: Expected, present: NDArray[np.bool_]) -> None:
    rate = present / np.minimum(state["n"] + 1.0, GATE_MEMORY)
    limit = np.where(was.std > was.floor, LEARNING_CLIP * was.std, np.inf)
    far = limit * (LEVEL_CLIP / LEARNING_CLIP) + np.abs(was.daily)
    distances = np.stack([np.minimum(np.abs(x - was.level), far), np.minimum(np.abs(was.residual), limit)])
    state["spread"] = state["spread"] + rate * (distances - state["spread"])


def _learn_bin(
    state: State, name: str, line: NDArray[Any], news: tuple[Floats, Floats, NDArray[np.bool_], int]
) -> None:
    target, limit, present, memory = news
    rows, counts = state[ROWS], state[f"{name}_n"]
    old, seen = state[name][line, rows], counts[line, rows]
    rate = present / np.minimum(seen + 1.0, memory)
    state[name][line, rows] = old + rate * np.clip(target - old, -limit, limit)
    counts[line, rows] = np.minimum(seen + present, memory).astype(np.uint8)
