"""Recordings, and copies of them that are nudged a little: a benchmark of sixty windows, asked more than once.

A copy begins some rows later and carries a little noise. Nothing that a person would call an incident changes; what a
detector earns on it by luck does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from inframind.backtest.nab import probation
from inframind.backtest.recordings import Recording

CUTS = (0, 41, 113)  # rows that a round of copies lacks; the first round is the recordings themselves
NUDGE = 0.1  # of the median step from row to row: the deviation of the noise


@dataclass(frozen=True, slots=True)
class Copy:
    """What is replayed in place of a recording, and how many of its first rows it lacks."""

    original: Recording
    played: Recording
    cut: int


def rounds(recordings: Sequence[Recording]) -> list[list[Copy]]:
    """The recordings as they are, then a round of copies for each further one of the `CUTS`."""
    random = np.random.default_rng(0)
    return [[_copy(one, cut, random) for one in recordings] for cut in CUTS]


def _copy(one: Recording, most: int, random: np.random.Generator) -> Copy:
    if not most:
        return Copy(one, one, 0)
    cut = min(most, probation(len(one.values)) * 4 // 5)  # all of it is not judged anyway
    steps = np.abs(np.diff(one.values[:, 0]))
    step = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    values = one.values[cut:] + random.normal(0.0, NUDGE, one.values[cut:].shape) * step
    return Copy(one, replace(one, times_s=one.times_s[cut:], values=values), cut)
