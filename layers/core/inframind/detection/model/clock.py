"""Which samples are later than what a series has seen, also where a clock was wrong for a while.

A sensor's clock that jumps years ahead would make everything after it late for years. So a jump is remembered until
eight more samples have come by the new clock: a sample that goes on where the old one was, in the gap in which nothing
was learnt, takes time back. A gap that is only a gap costs nothing: what comes behind it is judged as ever.
"""

import numpy as np
from numpy.typing import NDArray

from inframind.detection.model.columns import Column, State

JUMP_MS = 3_600_000  # whoever is late by less than an hour is soon in time again
FAR = 16  # a jump is so many times as far as the sample that speaks against it
DOUBTED = 8  # samples by a new clock before it is believed

Times = NDArray[np.int64]
Flags = NDArray[np.bool_]

LAYOUT = (
    Column("before_ms", "<i8", rare=True),  # the newest time before the jump
    Column("doubts", "|u1", rare=True),  # samples since then; both 0 where nothing is doubted
)


def is_due(state: State, time_ms: Times) -> Flags:
    """Whether a sample of this time (one for all, or one for each) is to be learnt by each series, (n,)."""
    later = time_ms > state["newest_ms"]
    if later.all():
        return np.asarray(later, np.bool_)
    return np.asarray(later | _returns(state, time_ms), np.bool_)


def follow(state: State, time_ms: Times, present: Flags) -> None:
    """Let time go on, or back, to that of the present samples."""
    newest, doubts, known = state["newest_ms"], state["doubts"], state["n"] > 0
    jumps = present & known & (doubts == 0) & (time_ms - newest > JUMP_MS)
    if jumps.any() or doubts.any():
        more = doubts + jumps + (present & (doubts > 0))
        over = (more > DOUBTED) | (present & known & (time_ms <= newest))
        state["before_ms"] = np.where(over, 0, np.where(jumps, newest, state["before_ms"]))
        state["doubts"] = np.where(over, 0, more).astype(np.uint8)
    state["newest_ms"] = np.where(present, time_ms, newest)


def _returns(state: State, time_ms: Times) -> Flags:
    """Whether a time goes on where each series was before its clock jumped, or its only sample came from the future."""
    newest, before = state["newest_ms"], state["before_ms"]
    goes_on = (state["doubts"] > 0) & (time_ms > before) & ((time_ms - before) * FAR <= newest - before)
    return np.asarray(goes_on | ((state["n"] == 1) & (newest - time_ms > JUMP_MS)), np.bool_)
