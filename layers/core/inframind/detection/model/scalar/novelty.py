"""What is new about one series: `novelty.py` on plain numbers."""

from array import array
from math import sqrt
from operator import add, mul, sub, truediv
from typing import NamedTuple

import numpy as np

from inframind.detection.model import novelty
from inframind.detection.model.novelty import (
    LEAST_MOVE,
    LEAST_RANGE,
    LEAST_RATIO,
    MOST_RATIO,
    SHRINK,
    SURPRISE_MEMORY,
    SURPRISES,
)
from inframind.detection.model.scalar.scalars import TINY, Scalars, single, within

MEANS, ROUGHNESS = novelty.MEANS[:, 0].tolist(), novelty.ROUGHNESS[:, 0].tolist()
LEAST_STD, CLIP = single(novelty.SURPRISE_FLOOR), single(novelty.SURPRISE_CLIP)
KEPT = 1.0 - SHRINK
ROUNDING = 1e-11

Pair = tuple[float, float]


class News(NamedTuple):
    """`records` and `surprise` of six quantities in each of two views, and how far the short means have `moved`."""

    records: list[list[float]]
    surprise: list[list[float]]
    moved: list[list[float]]


def observe(s: Scalars, view: Pair) -> News:
    """News of one value in both views, against the state before it; then learns it."""
    n = s.n + 1.0
    slow = [1.0 / min(n, memory) for memory in MEANS]
    rough_rates = [1.0 / min(n, memory) for memory in ROUGHNESS]
    ratios, moved = [], []
    for v, value in enumerate(view):
        distance = abs(value - s.means[v][4])
        s.means[v] = means = [(value - old) * rate + old for old, rate in zip(s.means[v], slow, strict=True)]
        s.rough[v] = rough = [(distance - old) * rate + old for old, rate in zip(s.rough[v], rough_rates, strict=True)]
        long = means[3]
        apart = [means[0] - long, means[1] - long, means[2] - long]
        scale = max(rough[3], ROUNDING * abs(value) + TINY)
        ratios += [min(abs(move) / scale, MOST_RATIO) + LEAST_MOVE for move in apart]
        ratios += [min(max(rough[i] / scale, LEAST_RATIO), MOST_RATIO) for i in (0, 1, 2)]
        moved.append(apart)
    sizes = np.log(np.array(ratios, np.float32)).tolist()
    records = [_records(s, v, value) for v, value in enumerate(view)]
    surprise = _surprise(s, sizes)
    return News(records, [surprise[:SURPRISES], surprise[SURPRISES:]], moved)


def _records(s: Scalars, v: int, value: float) -> list[float]:
    means = s.means[v]
    quantities = (value, means[0], means[1], means[2], means[0] - means[1], means[1] - means[2])
    middle, least = SHRINK * means[3], LEAST_RANGE * s.rough[v][3] + TINY
    lows, highs, records = [], [], []
    for i, (quantity, low, high) in enumerate(zip(quantities, s.low[v], s.high[v], strict=True)):
        low, high = low * KEPT, high * KEPT
        if i < 4:
            low, high = low + middle, high + middle
        if quantity > high or quantity < low:
            outside = max(quantity - high, low - quantity) / max(high - low, least)
            records.append(outside if outside < 1.0 else 1.0)
        else:
            records.append(0.0)
        lows.append(low if low < quantity else quantity)
        highs.append(high if high > quantity else quantity)
    s.low[v], s.high[v] = lows, highs
    return records


def _surprise(s: Scalars, sizes: list[float]) -> list[float]:
    """Of both views' quantities in a row; a whole list is rounded at once."""
    (usual, usual_left), (unsteady, unsteady_left) = s.usual, s.unsteady
    usual, unsteady = usual + usual_left, unsteady + unsteady_left
    rate = single(1.0 / min(s.n + 1.0, SURPRISE_MEMORY))
    kept = single(1.0 - rate)
    apart = array("f", map(sub, sizes, usual))
    stds = [std if std > LEAST_STD else LEAST_STD for std in array("f", map(sqrt, unsteady))]
    news = array("f", map(truediv, apart, stds)).tolist()
    limits = array("f", [std * CLIP for std in stds])
    learnt = list(map(within, apart, limits))
    steps = array("f", [step * rate for step in learnt])
    usual = array("f", map(add, usual, steps)).tolist()
    squares = array("f", map(add, array("f", map(mul, steps, learnt)), unsteady))
    unsteady = array("f", [square * kept for square in squares]).tolist()
    s.usual, s.unsteady = [usual[:SURPRISES], usual[SURPRISES:]], [unsteady[:SURPRISES], unsteady[SURPRISES:]]
    return news
