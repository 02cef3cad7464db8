"""Whether what is new is also large: an operator is not told of a record that a series breaks by a hair.

News says how unlike its own past a series is. In a quiet series something is always a little unlike: every new
maximum of plain noise is a record. So an alert also needs evidence of size, of any one sort.
"""

import numpy as np
from numpy.typing import NDArray

from inframind.detection.model.columns import State
from inframind.detection.model.kinds import STILL
from inframind.detection.model.novelty import MEANS, News
from inframind.detection.model.verdicts import Floats

FAR_VALUE = 4.0  # deviations of a single value: in plain noise, one of 16,000 samples
FAR_MEAN = 5.0  # standard errors of a mean of 8, 32 or 96 samples, were they independent of each other
RARE_MEAN = (
    1.5  # deviations by which that distance must also beat the series' own usual ones: slow series drift all day
)
WILD = 2.0  # times the usual roughness

STANDARD_ERRORS = 1.0 / np.sqrt(2.0 * MEANS[:3] - 1.0)  # of exponential means, in deviations of a value


def is_large(state: State, heard: News, z: Floats) -> NDArray[np.bool_]:
    """Whether the value, a mean or the variation of each series lies far enough out to speak of, (n,)."""
    strict = strictness(state)
    errors = np.abs(heard.moved[1]) / STANDARD_ERRORS  # the season's view is in deviations
    rare = heard.surprise[:, :3].max(axis=0) >= RARE_MEAN
    moved = ((errors >= FAR_MEAN * strict) & rare).any(axis=0)
    rough, usual = state["rough"][:, 0], np.maximum(state["rough"][:, 3], 1e-300)
    varies = ((rough >= WILD * usual) | (rough <= STILL * usual)).any(axis=0)
    return np.asarray((np.abs(z) >= FAR_VALUE * strict) | moved | varies, np.bool_)


def strictness(state: State) -> Floats:
    """What the distances asked for are multiplied with, (n,).

    A detector four times as sensitive as the shipped one is content with half the distance.

    >>> strictness({"lenience": np.array([0.0, -np.log(4.0)])}).round(3).tolist()
    [1.0, 0.5]
    """
    return np.asarray(np.exp(0.5 * state["lenience"]), np.float64)
