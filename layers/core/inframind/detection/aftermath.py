"""What an anomaly has told already is not told again, however long it lasts.

The long means learn a new state in a thousand samples; until then everything in it is far from them, and each new
maximum of its noise looked like another anomaly. So after an anomaly the series is also compared with its own last
hundred samples, until these are back, or the long means have followed: only what is large against both is new.
"""

import numpy as np
from numpy.typing import NDArray

from inframind.detection.columns import Column, State
from inframind.detection.kinds import MOVED, STILL
from inframind.detection.material import FAR_MEAN, FAR_VALUE, STANDARD_ERRORS, WILD, strictness
from inframind.detection.verdicts import Codes, Floats, Phase
from inframind.detection.views import VIEW_CAP, VIEWS, News

LASTS = 96  # samples after it opened in which any anomaly counts as told: the means of so many have to follow it
UNLIKE = 1.25  # times as rough, or as calm, as usual: the variation is neither back nor learnt yet
LATELY = 144.0  # samples over which the distance from the last hundred is learnt
CLIP = 4.0  # times that distance, learnt at most: a spike does not make its successors small
DEVIATION = 1.25  # a standard deviation in mean absolute distances: the root of pi / 2
SEASONAL = 1  # the view without the season, in deviations; the other one is raw
SHORTEST, LONGEST = 0, 2  # of the short means: 8 and 96 samples

LAYOUT = (
    Column("told", "|u1"),
    Column("lately", "<f4", (VIEWS,)),  # mean absolute distance of a view from its last hundred
)


def is_told(state: State, heard: News, view: Floats) -> NDArray[np.bool_]:
    """Whether what each series does now, in both views (2, n), belongs to the anomaly it had last, (n,)."""
    told = (state["told"] > 0) & (_is_elsewhere(state, heard) | (state["alert_since"] < LASTS))
    state["told"] = told.astype(np.uint8)
    return np.asarray(told & ~_is_new(state, heard, view), np.bool_) if told.any() else told


def follow(state: State, view: Floats, present: NDArray[np.bool_], phase: Codes) -> None:
    """Note what has been told now, and learn how far the present values lie from their last hundred."""
    state["told"] = np.where(phase == Phase.OPENED, 1, state["told"]).astype(np.uint8)
    usual = state["lately"]
    most = np.where(usual > 0, np.float32(CLIP) * usual, np.float32(np.inf))
    apart = np.minimum(np.abs(view - state["means"][:, LONGEST]).astype(np.float32), most)
    rate = (present / np.minimum(state["n"] + 1.0, LATELY)).astype(np.float32) * np.ones((VIEWS, 1), np.float32)
    rate[SEASONAL] *= np.abs(view[SEASONAL]) < VIEW_CAP  # beyond, the view stands still and only looks calm
    state["lately"] = usual + rate * (apart - usual)


def _is_elsewhere(state: State, heard: News) -> NDArray[np.bool_]:
    """Whether the last hundred samples lie, or vary, elsewhere than the long means: not back, and not yet learnt."""
    away = np.abs(heard.moved[SEASONAL, LONGEST]) >= FAR_MEAN * STANDARD_ERRORS[LONGEST, 0]
    lately, usual = state["rough"][:, 2], state["rough"][:, 3]
    varies = (lately >= UNLIKE * usual) | (lately * UNLIKE <= usual)
    return np.asarray(away | varies.any(axis=0), np.bool_)


def _is_new(state: State, heard: News, view: Floats) -> NDArray[np.bool_]:
    """Whether a view, its short mean or its roughness is large against the last hundred samples."""
    least = strictness(state) * DEVIATION * state["lately"]
    far = np.abs(view - state["means"][:, LONGEST]) >= FAR_VALUE * least
    moved = np.abs(heard.moved[:, SHORTEST] - heard.moved[:, LONGEST]) >= MOVED * least
    rough, lately = state["rough"][:, 0], np.maximum(state["rough"][:, 2], 1e-300)
    varies = (rough >= WILD * lately) | (rough <= STILL * lately)
    return np.asarray((far | moved | varies).any(axis=0), np.bool_)
