"""Which word fits a departure: from what speaks loudest, how far out the value is, and whether the means have moved."""

import numpy as np
from numpy.typing import NDArray

from inframind.detection.columns import Column, State
from inframind.detection.season import Expected
from inframind.detection.verdicts import Codes, Floats, Kind, Phase
from inframind.detection.views import News

FAR = 4.0  # deviations: a single value that far out is a spike or a dip
MOVED = 2.0  # deviations of the mean of 8 samples from the long one: the level has moved, it is not one value
STAYED = 0.6  # share of that move which the mean of 96 samples has made too: it came slowly
STILL = 0.05  # of the usual roughness: the series has stopped moving
SHAPES = (Kind.NEW_HIGH, Kind.LEVEL_UP, Kind.LEVEL_UP, Kind.VARIANCE, Kind.VARIANCE)
DOWN = {
    Kind.SPIKE: Kind.DIP,
    Kind.NEW_HIGH: Kind.NEW_LOW,
    Kind.LEVEL_UP: Kind.LEVEL_DOWN,
    Kind.DRIFT_UP: Kind.DRIFT_DOWN,
}
SHAPELESS_TERMS = 3  # from this term on, the news is about variation, not about a value
CALMER_TERM = 4

LAYOUT = (Column("alert_kind", "|u1"),)
_MIRROR = np.arange(len(Kind), dtype=np.uint8)
for _up, _down in DOWN.items():
    _MIRROR[_up] = _down


def name(state: State, judged: tuple[News, Floats, Expected], phase: Codes) -> Codes:
    """Kind of each series' departure, (n,); `NORMAL` while it is quiet. An anomaly keeps the kind it opened with,
    unless what looked like a single value turns out to be a new level."""
    if not phase.any():
        state["alert_kind"] = np.zeros(len(phase), np.uint8)
        return state["alert_kind"]
    fresh = _shape(state, judged)
    kept = state["alert_kind"]
    grows = np.isin(kept, (Kind.SPIKE, Kind.DIP, Kind.NEW_HIGH, Kind.NEW_LOW)) & _is_level(fresh)
    kind = np.where((phase == Phase.OPENED) | ((phase == Phase.ONGOING) & grows), fresh, kept)
    kind = np.where(phase == Phase.QUIET, np.uint8(Kind.NORMAL), kind).astype(np.uint8)
    state["alert_kind"] = kind
    return kind


def _shape(state: State, judged: tuple[News, Floats, Expected]) -> Codes:
    heard, terms, was = judged
    columns = np.arange(terms.shape[2])
    loudest = terms.sum(axis=1).argmax(axis=0)
    top = terms[loudest, :, columns].argmax(axis=1)
    moved = heard.moved[1]  # the season's view is in deviations
    shifted = np.abs(moved[0]) >= MOVED
    slowly = shifted & (moved[2] * np.sign(moved[0]) >= STAYED * np.abs(moved[0]))
    about_value = top < SHAPELESS_TERMS
    kind = np.array(SHAPES, np.uint8)[top]
    kind = np.where(about_value & (np.abs(was.z) >= FAR), np.uint8(Kind.SPIKE), kind)
    kind = np.where(about_value & shifted, np.uint8(Kind.LEVEL_UP), kind)
    kind = np.where(about_value & slowly, np.uint8(Kind.DRIFT_UP), kind)
    still = (top == CALMER_TERM) & (state["rough"][0, 0] <= STILL * state["rough"][0, 3])
    kind = np.where(still, np.uint8(Kind.FLATLINE), kind)
    upwards: NDArray[np.bool_] = np.where(shifted, moved[0], was.z) >= 0
    return np.where(upwards, kind, _MIRROR[kind]).astype(np.uint8)


def _is_level(kind: Codes) -> NDArray[np.bool_]:
    return np.isin(kind, (Kind.LEVEL_UP, Kind.LEVEL_DOWN))
