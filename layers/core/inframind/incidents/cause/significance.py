"""Is anything the matter at all? The limits come from replaying the same question on the quiet history."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.incidents.cause.attribution import Attribution
from inframind.incidents.cause.deviation import Deviation, second_largest

Floats = NDArray[np.float64]

FALSE_ALARMS = 0.02  # of quiet windows may pass one limit, all nodes of the window together
FEWEST_REPLAYS = 20  # below it the history says nothing about tails
LEAST_LIMIT = 1.0  # a quiet row in twenty reaches it: never less, however steady the history
LARGEST = 16.0  # quiet units: beyond, larger says nothing more, and one node's must not stand for the other's
SUFFERS = 0.5  # quiet units that the alarmed node must show in a row, whatever else is wrong in it
EXPLAINS = 0.3  # of the alarmed node's loss, from which on a node explains it


@dataclass(frozen=True, slots=True)
class Significance:
    """How far the alarm lies beyond chance, each as a multiple of its limit: above 1 it is.

    `explained`: a node that accounts for the alarmed one's loss departs together with it, in two rows at least;
    `together`: some node departs together with it; `alarmed`: the alarmed node departs, whatever the others do.
    """

    explained: float
    together: float
    alarmed: float

    @property
    def is_significant(self) -> bool:
        """Whether the alarm is real and worth a suspect."""
        return max(self.explained, self.together, self.alarmed) > 1.0


def significance(own: Deviation, other: Deviation, attribution: Attribution) -> Significance:
    """The three questions, each asked of the alarm and of every replay, the largest of all nodes counting.

    Because the largest is compared with the largest, the rate of false alarms holds for all nodes together.
    """
    joint, crosswise = _jointly(own, own), _jointly(own, other)
    explained = np.where(attribution.share >= EXPLAINS, joint, 0.0)
    return Significance(
        _over_limit(_largest(explained)),
        _over_limit(_largest(np.maximum(joint, crosswise))),
        _over_limit(own.sustained[:, 0]),
    )


def _jointly(own: Deviation, channel: Deviation) -> Floats:
    """Geometric mean of the alarmed node's and each node's size, in the second best of the rows."""
    front = np.where(own.size[:, :, :1] >= SUFFERS, np.clip(own.size[:, :, :1], 0.0, LARGEST), 0.0)
    return second_largest(np.sqrt(front * np.clip(channel.size, 0.0, LARGEST)))


def _largest(values: Floats) -> Floats:
    return np.asarray(values[:, 1:].max(axis=1, initial=0.0))


def _over_limit(values: Floats) -> float:
    return float(values[0] / limit(values[1:]))


def limit(quiet: Floats) -> float:
    """What all but `FALSE_ALARMS` of quiet windows stay below, `LEAST_LIMIT` at least.

    The tail is drawn out from the upper tenth (exponentially), so that a fault hidden in the history, a few windows
    out of hundreds, does not lift the limit.

    >>> round(limit(np.arange(101) / 100), 2)
    1.3
    """
    if len(quiet) < FEWEST_REPLAYS:
        return LEAST_LIMIT
    middle, high = np.quantile(quiet, (0.5, 0.9))
    return max(LEAST_LIMIT, float(middle + (high - middle) * math.log(0.5 / FALSE_ALARMS) / math.log(5.0)))
