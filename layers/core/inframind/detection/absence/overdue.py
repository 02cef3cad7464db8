"""Which series have stopped arriving, judged by the pace each of them kept."""

import numpy as np
from numpy.typing import NDArray

from inframind.detection.detectors.detector import ABSENT_AFTER

LEAST_MS = 120_000  # less than two minutes of silence is a deployment, not an absence
GIVEN_UP_MS = 86_400_000  # a series silent for a day is taken for ended
MIN_HISTORY = 10  # samples that show a pace

Times = NDArray[np.int64]


def overdue(
    now_ms: int, newest_ms: Times, pace_ms: NDArray[np.float64], samples: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether each series is silent for longer than its own pace explains, (n,).

    >>> newest, pace = np.array([0, 540_000]), np.array([60_000.0, 60_000.0])
    >>> overdue(600_000, newest, pace, np.array([100.0, 100.0])).tolist()
    [True, False]
    """
    silent = now_ms - newest_ms
    return np.asarray((samples >= MIN_HISTORY) & (silent > LEAST_MS) & (silent > ABSENT_AFTER * pace_ms), np.bool_)
