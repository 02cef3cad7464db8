"""What the bank says about a batch of samples: one array per question, one column per series."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.uint8]
Indices = NDArray[np.int64]


class Kind(IntEnum):
    """What sort of departure a sample is; `NORMAL` when there is none to name."""

    NORMAL = 0
    SPIKE = 1
    DIP = 2
    NEW_HIGH = 3
    NEW_LOW = 4
    LEVEL_UP = 5
    LEVEL_DOWN = 6
    VARIANCE = 7
    FLATLINE = 8
    DRIFT_UP = 9
    DRIFT_DOWN = 10
    ABSENT = 11


class Phase(IntEnum):
    """Where a series stands in the life of an anomaly. Each opening is followed by one clearing."""

    QUIET = 0
    OPENED = 1
    ONGOING = 2
    CLEARED = 3


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Scores of `t` time steps of `n` series; every array has shape (t, n).

    `score` is 1.0 or more exactly where an anomaly opens; `raw` is the continuous score of each sample, for
    ranking. Where a sample is missing, masked or late: score, raw and z are 0, expected and std NaN, kind
    `NORMAL`; the phase still tells whether an anomaly is going on.
    """

    score: Floats
    raw: Floats
    expected: Floats
    std: Floats
    z: Floats
    kind: Codes
    phase: Codes

    @classmethod
    def blank(cls, steps: int, series: int) -> "Verdicts":
        """Verdicts of `steps` times `series` missing samples, to be filled in.

        >>> Verdicts.blank(2, 3).score.shape
        (2, 3)
        """
        shape = (steps, series)
        zeros = [np.zeros(shape) for _ in range(3)]
        unknown = [np.full(shape, np.nan) for _ in range(2)]
        codes = [np.zeros(shape, np.uint8) for _ in range(2)]
        return cls(zeros[0], zeros[1], unknown[0], unknown[1], zeros[2], codes[0], codes[1])

    def of(self, part: slice) -> "Verdicts":
        """The verdicts of some of the series, as views: what is written there is written here."""
        return Verdicts(*(getattr(self, field)[:, part] for field in self.__slots__))

    def flagged(self) -> tuple[Indices, Indices]:
        """Time and series indices of the samples in any phase but quiet, in order of time."""
        times, series = np.nonzero(self.phase)
        return times.astype(np.int64), series.astype(np.int64)
