"""Who fell silent: busy before the alarm, and hardly asked anything while the alarmed node suffered."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.incidents.account import calls_per_request
from inframind.incidents.deviation import Channel
from inframind.incidents.windows import Panel

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SILENT = 0.8  # to a callee that stopped taking requests while its callers and its siblings go on
COMMONLY_SILENT = 0.9  # the same when several callers fail by it: each for itself would be a coincidence
ALONE_SILENT = 0.75  # the same when it is all that its caller calls
ALL_SILENT = 0.4  # all together, when everything of several that the caller calls has stopped: rather the caller
SILENT_AND_SLOW = 0.3  # the same when callers are slower but do not fail: a dead callee makes them fail
BUSY = 5.0  # requests a row, from which on silence says something
HARDLY = 0.1  # of the usual calls, for each request of the alarmed node
A_GOOD_PART = 0.3  # of the alarmed node's loss must fall into the silence
RARELY = 0.01  # of quiet rows may show the same silence


@dataclass(frozen=True, slots=True)
class Silence:
    """Nodes busy before the alarm, those of them that took hardly a request in it, and calls `lost` by each, for each
    request of the alarmed node; all (nodes,)."""

    busy: Flags
    silent: Flags
    lost: Floats

    def explains(self, below: NDArray[np.intp], loss: tuple[Channel, float], shared: Flags) -> Floats:
        """How well the silence of each callee explains its caller's loss; failures and lost calls count the same.

        A dead callee is silent for certain; a broken caller seldom stops all of its calls. So a silence stands against
        the callee, unless it is one of several that began together, which their caller explains better.
        """
        channel, failures = loss
        if channel is Channel.TIME:
            return np.full(len(below), SILENT_AND_SLOW)
        lost, silent = self.lost[below], self.silent[below]
        enough = np.minimum(lost / max(failures, 1e-12), 1.0)
        few = np.minimum(failures / np.maximum(lost, 1e-12), 1.0)
        some_go_on = (silent < self.busy[below]).any()
        alone = SILENT if some_go_on else ALONE_SILENT if silent.sum() == 1 else ALL_SILENT
        fits = np.where(shared, COMMONLY_SILENT, alone * np.minimum(2.0 * few, 1.0))
        return np.asarray(fits * np.minimum(2.0 * enough, 1.0))


def silences(panel: Panel, weight: Floats) -> Silence:
    """What the rows around the alarm show, `weight` (rows,) being the part of the alarm that fell into each."""
    if not panel.history:
        nobody = np.zeros(len(panel.nodes), np.bool_)
        return Silence(nobody, nobody, np.zeros(len(panel.nodes)))
    quiet = calls_per_request(panel, np.arange(panel.history)[None, panel.sampled])[0]
    near, leading = calls_per_request(panel, panel.near[None])[0], panel.near[: panel.leading]
    middle = np.median(quiet, axis=0)
    usual, requests = middle, panel.usual_requests
    if panel.leading:  # the best row: some of them may lie in the fault already
        usual, requests = near[: panel.leading].max(axis=0), panel.requests[leading].max(axis=0)
    busy = (requests >= BUSY) & (middle > 0)
    common = (quiet <= HARDLY * middle).mean(axis=0) > RARELY
    hardly = weight @ (near <= HARDLY * usual) >= A_GOOD_PART
    return Silence(busy, busy & ~common & hardly, weight @ np.maximum(usual - near, 0.0))
