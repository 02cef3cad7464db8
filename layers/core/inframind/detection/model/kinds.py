"""Which word fits a departure: from what speaks loudest, how far out the value is, and whether the means have moved."""

import numpy as np
from numpy.typing import NDArray

from inframind.detection.model.columns import Column, State
from inframind.detection.model.novelty import ROUGHNESS
from inframind.detection.model.verdicts import Codes, Floats, Kind, Phase

FAR = 4.0  # deviations: a single value that far out is a spike or a dip
MOVED = 2.0  # deviations of the mean of 8 samples from the long one: the level has moved, it is not one value
STAYED = 0.5  # share of that move which the mean of 32 samples has made too when it is told: it came slowly
ROUGH = 1.6  # times the usual roughness, of the samples before this one: all of them are wild
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


def name(state: State, judged: tuple[Floats, Floats, Floats], phase: Codes) -> Codes:
    """Kind of each series' departure, (n,); `NORMAL` while it is quiet. An anomaly keeps the kind it opened with,
    unless what looked like a single value turns out to be a new level, or the first of many wild ones.

    What is judged: how far the short means have moved in each view, the terms of the news, and z."""
    kind = np.zeros(len(phase), np.uint8)
    at = np.flatnonzero(phase)
    if at.size:
        fresh, kept, now = _shape(state, judged, at), state["alert_kind"][at], phase[at]
        grows = np.isin(kept, (Kind.SPIKE, Kind.DIP, Kind.NEW_HIGH, Kind.NEW_LOW)) & _lasts(fresh)
        kind[at] = np.where((now == Phase.OPENED) | ((now == Phase.ONGOING) & grows), fresh, kept)
    state["alert_kind"] = kind
    return kind


def _shape(state: State, judged: tuple[Floats, Floats, Floats], at: NDArray[np.int64]) -> Codes:
    moves, terms, distances = judged
    here, z = terms[:, :, at], distances[at]
    loudest = here.sum(axis=1).argmax(axis=0)
    top = here[loudest, :, np.arange(len(at))].argmax(axis=1)
    moved = moves[1][:, at]  # the season's view is in deviations
    shifted = np.abs(moved[0]) >= MOVED
    about_value = top < SHAPELESS_TERMS
    kind = np.array(SHAPES, np.uint8)[top]
    slowly = (shifted | (kind == Kind.LEVEL_UP)) & (moved[1] * np.sign(moved[0]) >= STAYED * np.abs(moved[0]))
    kind = np.where(about_value & (np.abs(z) >= FAR), np.uint8(Kind.SPIKE), kind)
    wild = _roughness_before(state["rough"][1][:, at], z) >= ROUGH
    kind = np.where(about_value & wild, np.uint8(Kind.VARIANCE), kind)
    kind = np.where(about_value & shifted, np.uint8(Kind.LEVEL_UP), kind)
    kind = np.where(about_value & slowly, np.uint8(Kind.DRIFT_UP), kind)
    still = (top == CALMER_TERM) & (state["rough"][:, 0, at] <= STILL * state["rough"][:, 3, at]).any(axis=0)
    kind = np.where(still, np.uint8(Kind.FLATLINE), kind)
    upwards: NDArray[np.bool_] = np.where(shifted | slowly, moved[0], z) >= 0
    return np.where(upwards, kind, _MIRROR[kind]).astype(np.uint8)


def _roughness_before(rough: Floats, z: Floats) -> Floats:
    """Roughness of the last samples but this one, in units of the usual: a lone spike is taken out of the mean."""
    short = float(ROUGHNESS[0, 0])
    before = (rough[0] - np.abs(z) / short) / (1.0 - 1.0 / short)
    return np.asarray(before / np.maximum(rough[3], 1e-300), np.float64)


def _lasts(kind: Codes) -> NDArray[np.bool_]:
    return np.isin(kind, (Kind.LEVEL_UP, Kind.LEVEL_DOWN, Kind.VARIANCE))
