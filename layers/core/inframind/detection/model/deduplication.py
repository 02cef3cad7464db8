"""What an anomaly has told already is not told again, however long it lasts.

The long means learn a new state in a thousand samples; until then everything in it is far from them, and each new
maximum of its noise looked like another anomaly. So after an anomaly the series is also compared with its own last
hundred samples, until these are back, or the long means have followed: only what is large against both is new.
"""

import numpy as np
from numpy.typing import NDArray

from inframind.detection.model.columns import Column, State
from inframind.detection.model.effect_size import FAR_VALUE, STANDARD_ERRORS, WILD, strictness
from inframind.detection.model.kinds import MOVED, STILL
from inframind.detection.model.novelty import VIEW_CAP, VIEWS, News
from inframind.detection.model.verdicts import Codes, Floats, Phase

LASTS = 64  # samples after it opened in which any anomaly counts as told: the means of a hundred have to follow it
AWAY = 4.0  # standard errors of the mean of the last hundred: the level is neither back nor learnt yet
UNLIKE = 1.15  # times as rough, or as calm, as usual: the variation is neither back nor learnt yet
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
    belongs, at = np.zeros(view.shape[1], np.bool_), np.flatnonzero(state["told"])
    if at.size:  # few series at a time
        lasts = _is_elsewhere(state, heard, at) | (state["alert_since"][at] < LASTS)
        state["told"] = state["told"].copy()
        state["told"][at] = lasts
        belongs[at] = lasts & ~_is_new(state, heard, (view, at))
    return belongs


def follow(state: State, view: Floats, present: NDArray[np.bool_], phase: Codes) -> None:
    """Note what has been told now, and learn how far the present values lie from their last hundred."""
    opened = phase == Phase.OPENED
    if opened.any():
        state["told"] = np.where(opened, 1, state["told"]).astype(np.uint8)
    usual = state["lately"]
    apart = np.abs(view - state["means"][:, LONGEST]).astype(np.float32)
    np.minimum(apart, np.where(usual > 0, np.float32(CLIP) * usual, np.float32(np.inf)), out=apart)
    apart -= usual
    apart *= (present / np.minimum(state["n"] + 1.0, LATELY)).astype(np.float32)
    apart[SEASONAL] *= np.abs(view[SEASONAL]) < VIEW_CAP  # beyond, the view stands still and only looks calm
    state["lately"] = usual + apart


def _is_elsewhere(state: State, heard: News, at: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether the last hundred samples lie, or vary, elsewhere than the long means: not back, and not yet learnt."""
    away = np.abs(heard.moved[SEASONAL, LONGEST, at]) >= AWAY * STANDARD_ERRORS[LONGEST, 0]
    lately, usual = state["rough"][:, 2, at], state["rough"][:, 3, at]
    varies = (lately >= UNLIKE * usual) | (lately * UNLIKE <= usual)
    return np.asarray(away | varies.any(axis=0), np.bool_)


def _is_new(state: State, heard: News, seen: tuple[Floats, NDArray[np.intp]]) -> NDArray[np.bool_]:
    """Whether a view, its short mean or its roughness is large against the last hundred samples, and the last fifty.

    What varies more than it did is rough at once in the last fifty, and slowly in the last hundred.
    """
    view, at = seen
    fifty = state["rough"][:, 1, at]
    least = strictness(state)[at] * DEVIATION * np.maximum(state["lately"][:, at], fifty)
    far = np.abs(view[:, at] - state["means"][:, LONGEST, at]) >= FAR_VALUE * least
    moved = np.abs(heard.moved[:, SHORTEST, at] - heard.moved[:, LONGEST, at]) >= MOVED * least
    rough, lately = state["rough"][:, 0, at], np.maximum(state["rough"][:, 2, at], 1e-300)
    varies = (rough >= WILD * np.maximum(lately, fifty)) | (rough <= STILL * lately)
    return np.asarray((far | moved | varies).any(axis=0), np.bool_)
