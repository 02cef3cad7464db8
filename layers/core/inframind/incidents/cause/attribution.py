"""What each node's departure cost the alarmed one: seconds, or failed requests, for each of its requests.

The trick: time and failures add up along calls. A callee that is 0.03 s slower and called 1.7 times a request makes
its caller 0.05 s slower. So one sum, taken over the rows in which the alarmed node suffered, tells how much of its
trouble each node accounts for, whatever the traffic, the month or the number of faulty rows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.incidents.cause.deviation import Deviation, second_largest
from inframind.incidents.cause.windows import Panel

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Attribution:
    """What each node's departure cost, axis 0 the replay (0 = the alarm itself).

    `weight` (replays, rows) is the part of the alarmed node's excess that fell into each row; `cost` (replays, nodes)
    what the node's excess amounts to for one request of the alarmed node; `excess` the same for one of its own.
    """

    weight: Floats
    cost: Floats
    excess: Floats

    @property
    def share(self) -> Floats:
        """`cost` as a part of the alarmed node's own, (replays, nodes): 1 explains all of it, 0 nothing."""
        whole = self.cost[:, :1]
        return np.asarray(np.maximum(self.cost, 0.0) / np.where(whole > 0, whole, np.inf))


def attributed(panel: Panel, own: Deviation, windows: NDArray[np.intp]) -> Attribution:
    """The costs in the channel of the alarm, for the alarm and every replay.

    No row counts for more than the second worst: a single wild row beside a fault must not become the whole of it.
    """
    front = own.excess[:, :, 0]
    quiet = float(np.median(front[1:])) if len(front) > 1 else 0.0
    suffered = np.maximum(front - quiet, 0.0)
    suffered = np.minimum(suffered, second_largest(suffered)[:, None])
    counted = np.minimum(suffered + quiet, front) / np.where(front > 0, front, 1.0)
    excess = own.excess * np.where(front > 0, counted, 1.0)[:, :, None]
    whole = suffered.sum(axis=1, keepdims=True)
    weight = np.where(whole > 0, suffered / np.where(whole > 0, whole, 1.0), 1.0 / front.shape[1])
    calls = calls_per_request(panel, windows)
    return Attribution(weight, _over_rows(weight, excess * calls), _over_rows(weight, excess))


def calls_per_request(panel: Panel, windows: NDArray[np.intp]) -> Floats:
    """Requests of each node for one of the alarmed node, (replays, rows, nodes)."""
    requests = panel.requests[windows]
    return np.asarray(requests / np.maximum(requests[:, :, :1], 1.0))


def _over_rows(weight: Floats, values: Floats) -> Floats:
    return np.asarray(np.einsum("kr,krn->kn", weight, values))
