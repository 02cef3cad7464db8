"""What is new about a series right now, asked of two views of it: the raw value, and what its season leaves over.

Three kinds of news, each measured against the series' own past:

records: how far a quantity (the value, its means over 8, 32 and 96 samples, the gaps between those) lies outside
the range it has covered, as a share of that range. The range shrinks slowly, so old records can be broken again.
surprise: how unusual, in deviations of its own logarithm, is the distance of a short mean from the long one
(level), and the roughness of the last samples (variance, flatline).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.detection.columns import Column, State

Floats = NDArray[np.float64]

VIEWS = 2  # raw, left over by the season
HORIZONS = np.array([8.0, 32.0, 96.0])[:, None]  # samples: minutes, hours, a working day of 5-minute samples
ROUGHNESS = np.array([12.0, 48.0, 144.0, 1000.0])[:, None]  # the last is what the others are compared with
NOW, LONG = 5.0, 1000.0  # samples: the mean that roughness is measured from; the mean that levels are
RECORD_HALF_LIFE = 20_000  # samples in which a range shrinks by half: weeks
SHRINK = 1.0 - 2.0 ** (-1.0 / RECORD_HALF_LIFE)
SURPRISE_MEMORY = 5000.0  # samples that "usual" means
SURPRISE_CLIP, SURPRISE_FLOOR = 4.0, 0.1  # deviations learnt at most; least deviation of a logarithm
LEAST_RATIO, MOST_RATIO = 1e-3, 1e3  # logarithms stay finite
LEAST_MOVE = 0.2  # of the usual roughness: how far a mean lies from the long one is not looked at more closely
LEAST_RANGE = 1.0  # of the usual roughness: a record within a narrower range is none
QUANTITIES, SURPRISES = 6, 6

LAYOUT = (
    Column("short", "<f8", (VIEWS, 3)),
    Column("long", "<f8", (VIEWS,)),
    Column("now", "<f8", (VIEWS,)),
    Column("rough", "<f8", (VIEWS, 4)),
    Column("low", "<f8", (VIEWS, QUANTITIES)),
    Column("high", "<f8", (VIEWS, QUANTITIES)),
    Column("usual", "<f4", (VIEWS, SURPRISES)),
    Column("unsteady", "<f4", (VIEWS, SURPRISES)),
)


@dataclass(frozen=True, slots=True)
class News:
    """`records` (2, 6, n) in 0..1, `surprise` (2, 6, n) in deviations (3 of level, 3 of roughness), and
    `moved` (2, 3, n): the short means less the long one."""

    records: Floats
    surprise: NDArray[np.float32]
    moved: Floats


def observe(state: State, view: Floats, present: NDArray[np.bool_]) -> News:
    """News of one time step of the views, (2, n), against the state before it; then learns it."""
    n = state["n"] + 1.0
    before = state["now"]
    rough = np.where(n > 1, np.abs(view - before), 0.0)
    state["now"] = before + _rate(present, n, NOW) * (view - before)
    state["long"] = state["long"] + _rate(present, n, LONG) * (view - state["long"])
    state["short"] = state["short"] + _rate(present, n, HORIZONS) * (view[:, None] - state["short"])
    state["rough"] = state["rough"] + _rate(present, n, ROUGHNESS) * (rough[:, None] - state["rough"])
    moved = state["short"] - state["long"][:, None]
    scale = np.maximum(state["rough"][:, 3:], 1e-9 * np.abs(view[:, None]) + 1e-300)
    ratios = np.concatenate([np.abs(moved) / scale + LEAST_MOVE, state["rough"][:, :3] / scale], axis=1)
    return News(_records(state, view, present), _surprise(state, ratios, present), moved)


def _rate(present: NDArray[np.bool_], n: Floats, memory: float | Floats) -> Floats:
    return np.asarray(present / np.minimum(n, memory), np.float64)


def _records(state: State, view: Floats, present: NDArray[np.bool_]) -> Floats:
    short, quantity = state["short"], np.empty((VIEWS, QUANTITIES, view.shape[1]))
    quantity[:, 0], quantity[:, 1:4] = view, short
    quantity[:, 4:] = short[:, :2] - short[:, 1:]
    first = state["n"] < 1
    low, high = np.where(first, quantity, state["low"]), np.where(first, quantity, state["high"])
    middle = np.zeros_like(quantity)
    middle[:, :4] = state["long"][:, None]
    low, high = low + SHRINK * (middle - low), high + SHRINK * (middle - high)
    outside = np.maximum(np.maximum(quantity - high, low - quantity), 0.0)
    least = LEAST_RANGE * state["rough"][:, 3:] + 1e-300
    record = np.minimum(outside / np.maximum(high - low, least), 1.0)
    state["low"] = np.where(present, np.minimum(low, quantity), state["low"])
    state["high"] = np.where(present, np.maximum(high, quantity), state["high"])
    return np.asarray(record * present)


def _surprise(state: State, ratios: Floats, present: NDArray[np.bool_]) -> NDArray[np.float32]:
    n = state["n"].astype(np.float32)
    size = np.log(np.clip(ratios, LEAST_RATIO, MOST_RATIO).astype(np.float32))
    apart = size - state["usual"]
    std = np.maximum(np.sqrt(state["unsteady"]), np.float32(SURPRISE_FLOOR))
    news = np.where(present & (n > 5), apart / std, np.float32(0.0))
    limit = np.where(n < 5, np.float32(np.inf), np.float32(SURPRISE_CLIP) * std)
    step = np.clip(apart, -limit, limit)
    rate = (present / np.minimum(n + 1, np.float32(SURPRISE_MEMORY))).astype(np.float32)
    state["usual"] = state["usual"] + rate * step
    learnt = (np.float32(1.0) - rate) * (state["unsteady"] + rate * step * step)
    state["unsteady"] = np.where(present, learnt, state["unsteady"])
    return np.asarray(news, np.float32)
