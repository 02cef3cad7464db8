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

from inframind.detection.model.columns import Column, State

Floats = NDArray[np.float64]

VIEWS = 2  # raw, left over by the season
VIEW_CAP = 50.0  # deviations, of the second
MEANS = np.array([8.0, 32.0, 96.0, 1000.0, 5.0])[:, None]  # samples: three short, the long one, and right now
ROUGHNESS = np.array([12.0, 48.0, 144.0, 1000.0])[:, None]  # the last is what the others are compared with
RECORD_HALF_LIFE = 30_000  # samples in which a range shrinks by half: weeks
SHRINK = 1.0 - 2.0 ** (-1.0 / RECORD_HALF_LIFE)
SURPRISE_MEMORY = 5000.0  # samples that "usual" means
SURPRISE_CLIP, SURPRISE_FLOOR = 4.0, 0.1  # deviations learnt at most; least deviation of a logarithm
LEAST_RATIO, MOST_RATIO = 1e-3, 1e3  # logarithms stay finite
LEAST_MOVE = 0.2  # of the usual roughness: how far a mean lies from the long one is not looked at more closely
LEAST_RANGE = 1.0  # of the usual roughness: a record within a narrower range is none
QUANTITIES, SURPRISES = 6, 6

LAYOUT = (
    Column("means", "<f8", (VIEWS, 5)),
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
    rough = np.abs(view - state["means"][:, 4]) * (n > 1)
    means = state["means"] = _towards(state["means"], view[:, None], _rate(present, n, MEANS))
    roughness = state["rough"] = _towards(state["rough"], rough[:, None], _rate(present, n, ROUGHNESS))
    moved = means[:, :3] - means[:, 3:4]
    scale = np.maximum(roughness[:, 3:], 1e-11 * np.abs(view[:, None]) + 1e-300)
    ratios = np.empty((VIEWS, SURPRISES, len(n)), np.float32)
    ratios[:, :3] = np.minimum(np.abs(moved) / scale, MOST_RATIO) + LEAST_MOVE
    ratios[:, 3:] = np.clip(roughness[:, :3] / scale, LEAST_RATIO, MOST_RATIO)
    return News(_records(state, view, present), _surprise(state, np.log(ratios), present), moved)


def _rate(present: NDArray[np.bool_], n: Floats, memory: Floats) -> Floats:
    return np.asarray(present / np.minimum(n, memory), np.float64)


def _towards(old: Floats, target: Floats, rate: Floats) -> Floats:
    moved = target - old
    moved *= rate
    moved += old
    return moved


def _records(state: State, view: Floats, present: NDArray[np.bool_]) -> Floats:
    means, quantity = state["means"], np.empty((VIEWS, QUANTITIES, view.shape[1]))
    quantity[:, 0], quantity[:, 1:4] = view, means[:, :3]
    np.subtract(means[:, :2], means[:, 1:3], out=quantity[:, 4:])
    low, high = state["low"], state["high"]
    first = state["n"] < 1
    if first.any():
        low, high = np.where(first, quantity, low), np.where(first, quantity, high)
    low, high = low * (1.0 - SHRINK), high * (1.0 - SHRINK)
    middle = SHRINK * means[:, 3:4]
    low[:, :4] += middle
    high[:, :4] += middle
    outside = np.maximum(quantity - high, low - quantity)
    width = high - low
    np.maximum(width, LEAST_RANGE * state["rough"][:, 3:] + 1e-300, out=width)
    outside /= width
    np.clip(outside, 0.0, 1.0, out=outside)
    np.minimum(low, quantity, out=low)
    np.maximum(high, quantity, out=high)
    if present.all():
        state["low"], state["high"] = low, high
        return np.asarray(outside, np.float64)
    state["low"], state["high"] = np.where(present, low, state["low"]), np.where(present, high, state["high"])
    return np.asarray(outside * present)


def _surprise(state: State, size: NDArray[np.float32], present: NDArray[np.bool_]) -> NDArray[np.float32]:
    n, usual, unsteady = state["n"].astype(np.float32), state["usual"], state["unsteady"]
    apart = size - usual
    std = np.maximum(np.sqrt(unsteady), np.float32(SURPRISE_FLOOR))
    news = apart / std
    news *= present & (n > 5)
    limit = std
    limit *= np.where(n < 5, np.float32(np.inf), np.float32(SURPRISE_CLIP))
    np.clip(apart, -limit, limit, out=apart)
    rate = (present / np.minimum(n + 1, np.float32(SURPRISE_MEMORY))).astype(np.float32)
    step = apart * rate
    state["usual"] = usual + step
    step *= apart
    step += unsteady
    step *= np.float32(1.0) - rate
    state["unsteady"] = step if present.all() else np.where(present, step, unsteady)
    return np.asarray(news, np.float32)
