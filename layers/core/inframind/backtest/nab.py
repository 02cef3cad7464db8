"""The score of the Numenta Anomaly Benchmark (Lavin and Ahmad, 2015), from its published definition.

A detection inside a labelled window earns up to 1, more the earlier it comes; only the best of a window counts. A
window without one costs, and so does every detection outside, less so just behind a window. 100 is a detector that
is perfect at once, 0 one that never speaks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PROBATION = 0.15  # share of a file, at its start, that is not judged
PROBATION_CAP = 750  # rows: 15 % of 5,000
FAR_BEHIND = 3.0  # window lengths after which a false alarm costs in full

Window = tuple[int, int]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Profile:
    """What a window found, a false alarm and a window missed are worth."""

    found: float
    false_alarm: float
    missed: float


PROFILES = {
    "standard": Profile(1.0, 0.11, 1.0),
    "reward_low_FP_rate": Profile(1.0, 0.22, 1.0),
    "reward_low_FN_rate": Profile(1.0, 0.11, 2.0),
}


@dataclass(frozen=True, slots=True)
class Tally:
    """What one file adds up to: windows judged and found, false alarms, the sum of what each window's best detection
    is worth, and the sum of the weights of the false alarms (each between -1 and 0)."""

    windows: int = 0
    found: int = 0
    false_alarms: int = 0
    reward: float = 0.0
    penalty: float = 0.0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.windows + other.windows,
            self.found + other.found,
            self.false_alarms + other.false_alarms,
            self.reward + other.reward,
            self.penalty + other.penalty,
        )

    def score(self, profile: Profile) -> float:
        """The benchmark's score, 100 at best; NaN where there is no window to find.

        >>> round(Tally(windows=2, found=1, reward=1.0).score(PROFILES["standard"]), 1)
        50.0
        """
        if not self.windows:
            return float("nan")
        missed = self.windows - self.found
        raw = profile.found * self.reward + profile.false_alarm * self.penalty - profile.missed * missed
        worst, best = -profile.missed * self.windows, profile.found * self.windows
        return 100.0 * (raw - worst) / (best - worst)


def sigmoid(position: Floats) -> Floats:
    """Worth of a detection at `position` window lengths from a window's right edge (negative: inside).

    >>> sigmoid(np.array([-1.0, 0.0, 1.0, 3.0])).round(3).tolist()
    [0.987, 0.0, -0.987, -1.0]
    """
    return np.where(position >= FAR_BEHIND, -1.0, 2.0 / (1.0 + np.exp(5.0 * np.clip(position, -9.0, 9.0))) - 1.0)


def probation(rows: int) -> int:
    """Rows at the start of a file that are not judged.

    >>> probation(1000), probation(20000)
    (150, 750)
    """
    return min(int(PROBATION * rows), PROBATION_CAP)


def tally(detected: NDArray[np.bool_], windows: Sequence[Window]) -> Tally:
    """One file's tally: `detected` (rows,), `windows` as first and last row, in order and apart from each other.

    A window that ends within the probation is not judged.
    """
    start = probation(len(detected))
    worth, inside = _worth(len(detected), windows), np.zeros(len(detected), np.bool_)
    judged = [(first, last) for first, last in windows if last >= start]
    best = []
    for first, last in windows:
        inside[first : last + 1] = True
    for first, last in judged:
        begin = max(first, start)
        hits = worth[begin : last + 1][detected[begin : last + 1]]
        best += [float(hits.max())] if hits.size else []
    false = detected & ~inside
    false[:start] = False
    return Tally(len(judged), len(best), int(false.sum()), sum(best), float(worth[false].sum()))


def _worth(rows: int, windows: Sequence[Window]) -> Floats:
    """What a detection at each row is worth: scaled to 1 at a window's left edge, -1 far from any."""
    worth = np.full(rows, -1.0)
    ends = [*(first for first, _ in windows[1:]), rows][: len(windows)]
    for (first, last), following in zip(windows, ends, strict=True):
        length = last - first + 1
        inside, behind = np.arange(first, last + 1), np.arange(last + 1, following)
        worth[first : last + 1] = sigmoid(-(last - inside + 1) / length) / sigmoid(np.array(-1.0))
        worth[last + 1 : following] = sigmoid((behind - last) / max(length - 1, 1))
    return worth
