"""One verdict for a resource, from the scores of its metrics."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

LOUDEST = 5  # metrics that make up the verdict: two hundred quiet ones do not drown an incident in five

Floats = NDArray[np.float64]


def resource_score(raw: Floats) -> Floats:
    """Mean of the `LOUDEST` largest of the metrics' continuous scores, (rows, metrics) to (rows,).

    >>> resource_score(np.array([[0.0, 1.0, 5.0], [0.1, 0.2, 0.3]])).round(2).tolist()
    [2.0, 0.2]
    """
    if raw.shape[1] <= LOUDEST:
        return np.asarray(raw.mean(axis=1), np.float64)
    return np.asarray(np.partition(raw, -LOUDEST, axis=1)[:, -LOUDEST:].mean(axis=1), np.float64)


def contributions(raw: Floats, names: Sequence[str]) -> list[tuple[str, float]]:
    """Each metric's share of a resource's verdict at one time, largest first; metrics with none are left out.

    >>> contributions(np.array([3.0, 0.0, 1.0]), ["cpu", "disk", "load"])
    [('cpu', 0.75), ('load', 0.25)]
    """
    total = float(raw.sum())
    order = np.argsort(-raw, kind="stable").tolist()
    return [(names[i], float(raw[i]) / total) for i in order[:LOUDEST] if raw[i] > 0]
