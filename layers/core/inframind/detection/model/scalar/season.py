"""What is usual for one series at this time: `season.py` on plain numbers."""

from math import inf, sqrt
from typing import NamedTuple

from inframind.detection.model.scalar.scalars import TINY, Scalars, single, within
from inframind.detection.model.season import (
    DAILY_MEMORY,
    DAILY_SHRINK,
    FLOOR,
    GATE_MEMORY,
    HALF_HOUR_MS,
    HALF_HOURS,
    LEARNING_CLIP,
    LEVEL_CLIP,
    MEMORY,
    QUARTER_DAY_MS,
    QUARTERS,
    WEEK_MS,
    WEEKLY_MEMORY,
    WEEKLY_SHRINK,
    Z_CAP,
)


class Expected(NamedTuple):
    """What was expected of one value, and what is left of it."""

    half_hour: int
    quarter: int
    level: float
    daily: float
    weekly: float
    residual: float
    std: float
    floor: float
    z: float


def expect(s: Scalars, local_ms: int, x: float) -> Expected:
    """What was expected of `x` at a local time, of a series that has been seen before."""
    half_hour, quarter = local_ms // HALF_HOUR_MS % HALF_HOURS, local_ms // QUARTER_DAY_MS % QUARTERS
    seen, level = float(s.daily_n[half_hour]), s.level
    daily = s.daily[half_hour] * (seen / (seen + DAILY_SHRINK))
    weeks = max((local_ms - s.first_ms) / WEEK_MS - 1.0, 0.0)
    weekly = s.weekly[quarter] * (weeks / (weeks + WEEKLY_SHRINK))
    residual = x - level - daily - weekly
    std, floor = sqrt(s.var), FLOOR * max(abs(x), abs(level)) + TINY
    apart = residual - s.mean
    z = apart / max(std, floor) if abs(apart) > floor or std > floor else 0.0
    return Expected(half_hour, quarter, level, daily, weekly, residual, std, floor, within(z, Z_CAP))


def learn(s: Scalars, x: float, was: Expected) -> None:
    """Let a value change what is expected."""
    n = s.n + 1.0
    rate = 1.0 / min(n, MEMORY)
    limit = LEARNING_CLIP * was.std if was.std > was.floor else inf
    step = within(was.residual - s.mean, limit)
    s.mean = s.mean + rate * step
    s.var = (1.0 - rate) * (s.var + rate * step * step)
    reach = limit * (LEVEL_CLIP / LEARNING_CLIP)
    _learn_spread(s, x, was, (limit, reach))
    target = x - was.level
    _learn_bin(s.daily, s.daily_n, was.half_hour, (target, limit, DAILY_MEMORY))
    _learn_bin(s.weekly, s.weekly_n, was.quarter, (target - was.daily, limit, WEEKLY_MEMORY))
    s.level = was.level + rate * within(target, reach)
    s.n = n


def _learn_spread(s: Scalars, x: float, was: Expected, limits: tuple[float, float]) -> None:
    limit, reach = limits
    rate, (far, near) = 1.0 / min(s.n + 1.0, GATE_MEMORY), s.spread
    from_level = min(abs(x - was.level), reach + abs(was.daily))
    s.spread = [far + rate * (from_level - far), near + rate * (min(abs(was.residual), limit) - near)]


def _learn_bin(bins: list[float], counts: list[int], line: int, news: tuple[float, float, int]) -> None:
    target, limit, memory = news
    old, seen = bins[line], counts[line]
    bins[line] = single(old + 1.0 / min(seen + 1.0, memory) * within(target - old, limit))
    counts[line] = min(seen + 1, memory)
