"""How far a value lies from the exponential mean of its series, in exponential standard deviations.

Learning is winsorised: a value further than three deviations away teaches only as much as one three
deviations away would, so an incident does not teach the bank that incidents are normal.
"""

import numpy as np

from inframind.detection.columns import Column, State
from inframind.detection.verdicts import Floats

MEMORY = 1000  # samples: the span of the seed's rolling window
LEARNING_CLIP = 3.0  # deviations
FLOOR = 1e-9  # a deviation below this share of the value's own size is rounding, not variation
Z_CAP = 1e6  # a constant that moves is infinitely far out: say so with a finite number

LAYOUT = (Column("n", "<f8"), Column("mean", "<f8"), Column("var", "<f8"))


def distance(state: State, x: Floats) -> tuple[Floats, Floats]:
    """`z` and standard deviation of each value against what its series has shown so far; shapes (n,).

    >>> state = {"n": np.array([50.0]), "mean": np.array([100.0]), "var": np.array([4.0])}
    >>> [a.tolist() for a in distance(state, np.array([107.0]))]
    [[3.5], [2.0]]
    """
    std = np.sqrt(state["var"])
    floor = FLOOR * np.maximum(np.abs(x), np.abs(state["mean"]))
    apart = x - state["mean"]
    z = np.where(np.abs(apart) <= floor, 0.0, apart / np.maximum(std, np.maximum(floor, 1e-300)))
    return np.clip(np.where(state["n"] > 0, z, 0.0), -Z_CAP, Z_CAP), std


def learn(state: State, x: Floats, present: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> None:
    """Let the present values join their series' mean and variance, clipped to `LEARNING_CLIP` deviations.

    >>> state = {"n": np.array([0.0]), "mean": np.array([0.0]), "var": np.array([0.0])}
    >>> for value in (10.0, 14.0):
    ...     learn(state, np.array([value]), np.array([True]))
    >>> state["mean"].tolist(), state["var"].tolist()
    ([12.0], [4.0])
    """
    n = state["n"] + 1.0
    rate = 1.0 / np.minimum(n, MEMORY)
    std = np.sqrt(state["var"])
    limit = np.where(std > 0, LEARNING_CLIP * std, np.inf)  # what has never varied has no deviation to clip at
    step = np.clip(x - state["mean"], -limit, limit)
    mean = state["mean"] + rate * step
    var = (1.0 - rate) * (state["var"] + rate * step * step)
    for name, new in (("n", n), ("mean", mean), ("var", var)):
        state[name] = np.where(present, new, state[name])
