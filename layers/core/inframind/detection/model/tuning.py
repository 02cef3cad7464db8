"""What a person may ask of the detector for some of the series: everything else is found by itself."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inframind.detection.model.columns import Column, State
from inframind.detection.model.verdicts import Floats
from inframind.errors import Rejected

DIRECTIONS = {"both": 0, "up": 1, "down": -1}
MOST_COUNT = 250  # samples: trigger and recovery are kept in a byte

LAYOUT = (
    Column("direction", "|i1"),
    Column("least_change", "<f8"),
    Column("least_share", "<f4"),
)


@dataclass(frozen=True, slots=True)
class Tuning:
    """What counts as an anomaly for some series.

    `sensitivity` above 1 speaks earlier; `direction` is the side that matters; `least_change` and `least_share` are
    how far a value must lie from what was expected, in its own unit and as a share of the expected; `trigger` and
    `recovery` how many samples in succession open and clear an anomaly.
    """

    sensitivity: float = 1.0
    direction: Literal["both", "up", "down"] = "both"
    least_change: float = 0.0
    least_share: float = 0.0
    trigger: int = 1
    recovery: int = 5

    def __post_init__(self) -> None:
        if not 0.05 <= self.sensitivity <= 20.0:
            raise Rejected("sensitivity lies between 0.05 and 20")
        if not (1 <= self.trigger <= MOST_COUNT and 1 <= self.recovery <= MOST_COUNT):
            raise Rejected(f"trigger and recovery lie between 1 and {MOST_COUNT} samples")
        if not (self.least_change >= 0 and self.least_share >= 0):
            raise Rejected("the least change is not negative")


def apply(state: State, tuning: Tuning) -> None:
    """Ask this of every series of the state."""
    wanted = {
        "lenience": -math.log(tuning.sensitivity),
        "direction": DIRECTIONS[tuning.direction],
        "least_change": tuning.least_change,
        "least_share": tuning.least_share,
        "trigger": tuning.trigger,
        "recovery": tuning.recovery,
    }
    for name, value in wanted.items():
        state[name] = np.full_like(state[name], value)


def admits(state: State, x: Floats, expected: Floats) -> NDArray[np.bool_]:
    """Whether each value lies far enough, and on the side that matters, from what was expected; (n,).

    >>> state = {"direction": np.array([1]), "least_change": np.array([5.0]), "least_share": np.array([0.1])}
    >>> [bool(admits(state, np.array([x]), np.array([100.0]))[0]) for x in (111.0, 106.0, 80.0)]
    [True, False, False]
    """
    apart = x - expected
    far = (np.abs(apart) >= state["least_change"]) & (np.abs(apart) >= state["least_share"] * np.abs(expected))
    return np.asarray(far & (apart * state["direction"] >= 0), np.bool_)
