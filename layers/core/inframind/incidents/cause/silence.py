"""Who fell silent: busy before the alarm, and hardly asked anything while the alarmed node suffered."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.incidents.cause.attribution import calls_per_request
from inframind.incidents.cause.deviation import Channel
from inframind.incidents.cause.windows import Panel

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SILENT = 0.8  # to a callee that stopped taking requests while its callers and its siblings go on
COMMONLY_SILENT = 0.9  # the same when several callers fail by it: each for itself would be a coincidence
ALONE_SILENT = 0.75  # to all of them together where everything that their caller calls has stopped
SILENT_AND_SLOW = 0.3  # the same when callers are slower but do not fail: a dead callee makes them fail
BUSY = 5.0  # requests a row, from which on silence says something
HARDLY = 0.1  # of the usual calls, for each request of the alarmed node
A_GOOD_PART = 0.3  # of the alarmed node's loss must fall into the silence
RARELY = 0.01  # of quiet windows may show the same silence, where no amount speaks for it


@dataclass(frozen=True, slots=True)
class Silence:
    """Nodes busy before the alarm, those of them that took hardly a request in it, and calls `lost` by each, for each
    request of the alarmed node; all (nodes,). `chance`: in how many of the quiet windows in which the node was busy it
    fell silent likewise."""

    busy: Flags
    silent: Flags
    lost: Floats
    chance: Floats

    def explains(self, below: NDArray[np.intp], loss: tuple[Channel, float], shared: Flags) -> Floats:
        """How well the silence of each callee explains its caller's loss; failures and lost calls count the same.

        A dead callee is silent for certain; a broken caller seldom stops all of its calls. So a silence stands against
        the callee, unless it is one of several that began together, which their caller explains better.
        """
        channel, failures = loss
        chance = self.chance[below]
        if channel is Channel.TIME:
            return np.asarray(SILENT_AND_SLOW * (chance <= RARELY))
        lost, silent = self.lost[below], self.silent[below]
        enough = np.minimum(lost / max(failures, 1e-12), 1.0)
        few = np.minimum(failures / np.maximum(lost, 1e-12), 1.0)
        some_go_on = (silent < self.busy[below]).any()
        alone = SILENT if some_go_on else ALONE_SILENT / max(int(silent.sum()), 1)
        fits = np.where(shared, COMMONLY_SILENT, alone * np.minimum(2.0 * few, 1.0))
        fits = silent * fits * np.minimum(2.0 * enough, 1.0)
        odds = fits / np.maximum(chance, RARELY)  # of two that fell silent, the one that seldom does
        return np.asarray(fits * (1.0 - chance) * odds / max(float(odds.max(initial=0.0)), 1e-12))


def silences(panel: Panel, weight: Floats, windows: NDArray[np.intp]) -> Silence:
    """What the rows around the alarm show, `weight` (rows,) being the part of the alarm that fell into each.

    Whoever falls silent every other hour does so by chance: the same rows of every replay are asked the same.
    """
    if not panel.history:
        nobody = np.zeros(len(panel.nodes), np.bool_)
        return Silence(nobody, nobody, np.zeros(len(panel.nodes)), np.zeros(len(panel.nodes)))
    near = calls_per_request(panel, windows)
    middle = np.median(calls_per_request(panel, np.arange(panel.history)[None, panel.sampled])[0], axis=0)
    usual, requests = np.broadcast_to(middle, near[:, 0].shape), np.broadcast_to(panel.usual_requests, near[:, 0].shape)
    if panel.leading:  # the best row: some of them may lie in the fault already
        usual = near[:, : panel.leading].max(axis=1)
        requests = panel.requests[windows[:, : panel.leading]].max(axis=1)
    busy = (requests >= BUSY) & (middle > 0)
    hardly = np.einsum("r,krn->kn", weight, near <= HARDLY * usual[:, None]) >= A_GOOD_PART
    silent = busy & hardly
    chance = silent[1:].sum(axis=0) / np.maximum(busy[1:].sum(axis=0), 1)
    return Silence(busy[0], silent[0], weight @ np.maximum(usual[0] - near[0], 0.0), chance)
