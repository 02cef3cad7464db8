"""Alert economy: a long incident is one anomaly that opens, goes on and clears, not a hundred."""

import numpy as np
from numpy.typing import NDArray

from inframind.detection.columns import Column, State
from inframind.detection.verdicts import Codes, Floats, Phase

RECOVERY = 5  # calm samples in succession that end an anomaly: one calm sample amid a storm does not
HUSHED = 0.5  # what an ongoing anomaly's score is held at

LAYOUT = (Column("alert_open", "|u1"), Column("alert_calm", "<u2"))


def speak(state: State, raw: Floats, present: NDArray[np.bool_]) -> tuple[Floats, Codes]:
    """Score to announce and phase of each series, shapes (n,), from the continuous score of one time step.

    >>> state = {"alert_open": np.zeros(1, "u1"), "alert_calm": np.zeros(1, "u2")}
    >>> [speak(state, np.array([s]), np.array([True]))[1].item() for s in (0.2, 1.3, 1.4, 0, 0, 0, 0, 0, 0)]
    [0, 1, 2, 2, 2, 2, 2, 3, 0]
    """
    was_open = state["alert_open"] > 0
    loud = present & (raw >= 1.0)
    calm = np.where(present, np.where(loud, 0, state["alert_calm"] + 1), state["alert_calm"])
    opens = loud & ~was_open
    clears = was_open & present & (calm >= RECOVERY)
    goes_on = was_open & ~clears
    state["alert_open"] = (opens | goes_on).astype(np.uint8)
    state["alert_calm"] = np.minimum(np.where(was_open, calm, 0), RECOVERY).astype(np.uint16)
    phase = opens * Phase.OPENED + goes_on * Phase.ONGOING + clears * Phase.CLEARED
    return np.where(opens, raw, np.minimum(raw, HUSHED)), phase.astype(np.uint8)
