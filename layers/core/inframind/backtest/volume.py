"""VUS-PR: the area under the precision-recall curve, averaged over how near to an incident a row still counts.

Labels are drawn by hand: a row beside an incident is not plainly wrong. Source: Paparrizos, Boniol, Palpanas, Tsay,
Elmore, Franklin: Volume Under the Surface, VLDB 2022. Every distinct score is a threshold; nothing is sampled.
"""

import numpy as np
from numpy.typing import NDArray

MOST_BUFFER = 100  # rows; the authors take the period of a series, which here is unknown to the judge as well
BUFFERS = 11  # evenly spaced, from none to the most

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def volume(labels: Flags, scores: Floats, most: int = MOST_BUFFER) -> float:
    """Mean of `range_average_precision` over buffers of 0 to `most` rows, (rows,) each. NaN without a labelled row.

    Below: 0.25 with buffers of 0 and of 1, 0.646 with 2.

    >>> round(volume(np.array([0, 1, 0, 0], bool), np.array([0.0, 0.0, 1.0, 0.5]), most=2), 3)
    0.382
    """
    buffers = np.unique(np.linspace(0, most, BUFFERS).astype(int))
    return float(np.mean([range_average_precision(labels, scores, buffer) for buffer in buffers.tolist()]))


def range_average_precision(labels: Flags, scores: Floats, buffer: int) -> float:
    """Area under precision and range recall, (rows,) each; ties share a threshold. NaN without a labelled row.

    A row up to half a buffer away from an incident counts sqrt(1 - distance / buffer). Recall is what is found of the
    mean of both weights, plain and buffered, times the share of incidents of which any row is found. Below, the first
    row found is the one behind the incident: precision 0.707, recall 0.707 / 1.707 = 0.414; the last brings the rest
    at a precision of 2.414 / 4: 0.414 * 0.707 + 0.586 * 0.604 = 0.646.

    >>> round(range_average_precision(np.array([0, 1, 0, 0], bool), np.array([0.0, 0.0, 1.0, 0.5]), 2), 3)
    0.646
    """
    if not labels.any():
        return float("nan")
    weights = buffered(labels, buffer)
    order = np.argsort(-scores, kind="stable")
    last_of_tie = np.append(np.flatnonzero(np.diff(scores[order])), len(order) - 1)
    found = np.cumsum(weights[order])[last_of_tie]
    recall = np.minimum(found / ((labels.sum() + weights.sum()) / 2.0), 1.0) * _met(weights > 0, order, last_of_tie)
    return float(np.sum(np.diff(recall, prepend=0.0) * found / (last_of_tie + 1)))


def buffered(labels: Flags, buffer: int) -> Floats:
    """What each row counts as an anomaly, (rows,): 1 in an incident, less beside it, 0 from half a buffer on.

    >>> buffered(np.array([0, 0, 1, 0, 0, 0], bool), 4).round(3).tolist()
    [0.707, 0.866, 1.0, 0.866, 0.707, 0.0]
    """
    if not buffer or not labels.any():
        return labels.astype(np.float64)
    inside, rows = np.flatnonzero(labels), np.arange(len(labels))
    behind = np.searchsorted(inside, rows, "right")
    before = rows - inside[np.maximum(behind - 1, 0)]
    after = inside[np.minimum(behind, len(inside) - 1)] - rows
    far = len(labels) + buffer
    distance = np.minimum(np.where(before >= 0, before, far), np.where(after >= 0, after, far))
    return np.where(distance <= buffer // 2, np.sqrt(np.maximum(1.0 - distance / buffer, 0.0)), 0.0)


def _met(labels: Flags, order: NDArray[np.intp], last_of_tie: NDArray[np.intp]) -> Floats:
    """Share of the labelled stretches of which at least one row is found at each threshold."""
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    edges = np.flatnonzero(np.diff(labels.astype(np.int8), prepend=0, append=0)).reshape(-1, 2)
    first_found = np.sort([ranks[first:end].min() for first, end in edges.tolist()])
    return np.asarray(np.searchsorted(first_found, last_of_tie, "right") / len(first_found), np.float64)
