"""The shipped detector: what the bank keeps of every series, and what one time step does to it."""

import numpy as np
from numpy.typing import NDArray

from inframind.detection import alerting, ewz
from inframind.detection.columns import Column, State
from inframind.detection.verdicts import Floats, Kind, Verdicts

MIN_HISTORY = 30  # samples before anything is said: fewer do not tell what is usual
THRESHOLD = 4.0  # deviations at which an anomaly opens

LAYOUT: tuple[Column, ...] = (
    Column("newest_ms", "<i8", initial=np.iinfo(np.int64).min),
    *ewz.LAYOUT,
    *alerting.LAYOUT,
)


def step(state: State, time_ms: NDArray[np.int64], x: Floats, out: tuple[Verdicts, int]) -> None:
    """Judge one value of each series against the state before it, then learn it.

    `time_ms` is one time for all series, or one for each. Writes row `out[1]` of the verdicts. A value that is
    not finite, or not later than the newest of its series, is missing.
    """
    verdicts, i = out
    present = np.isfinite(x) & (time_ms > state["newest_ms"])
    value = np.where(present, x, state["mean"])
    z, std = ewz.distance(state, value)
    judged = present & (state["n"] >= MIN_HISTORY)
    raw = np.where(judged, np.abs(z) / THRESHOLD, 0.0)
    verdicts.score[i], verdicts.phase[i] = alerting.speak(state, raw, present)
    verdicts.raw[i] = raw
    verdicts.z[i] = np.where(present, z, 0.0)
    verdicts.expected[i] = np.where(present & (state["n"] > 0), state["mean"], np.nan)
    verdicts.std[i] = np.where(present & (state["n"] > 0), std, np.nan)
    verdicts.kind[i] = np.where(raw >= 1.0, np.where(z > 0, Kind.SPIKE, Kind.DIP), Kind.NORMAL)
    ewz.learn(state, value, present)
    state["newest_ms"] = np.where(present, time_ms, state["newest_ms"])
