"""How much of a node's trouble it passes on to what it calls.

Blame of 1 starts at the alarmed node. An abnormal callee takes the part of its caller's loss that it accounts for.
What no callee accounts for goes, in part, to callees with other evidence against them: slower by as much although
few of their requests are counted, departing in the other channel, fallen silent, or never measured. The rest stays.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.incidents.account import Account, calls_per_request
from inframind.incidents.deviation import Channel, Deviation
from inframind.incidents.windows import Panel

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Callees = list[NDArray[np.intp]]

ABNORMAL_FROM, ABNORMAL_AT = 1.0, 2.0  # quiet units: not at all below the first, entirely from the second on
UNDERCOUNTED = 0.8  # of what is left goes to a callee that is slower by as much as its caller, seldom as it is counted
CROSSWISE = 0.6  # to a callee that is far slower where the caller fails, or fails where the caller is slower
SILENT = 0.7  # to a callee that stopped taking requests while its callers and its siblings go on
ALL_SILENT = 0.4  # the same when everything the caller calls has stopped: then it is rather the caller
SILENT_AND_SLOW = 0.3  # the same when callers are slower but do not fail: a dead callee makes them fail
UNMEASURED = 0.25  # to a callee nobody measures: possible, never likelier than its caller
FAR_SLOWER = 3.0  # times the usual latency: what lets callers time out
WORTH_RETRYING = 0.01  # failed calls for each of the alarmed node's requests: what can slow it down
BUSY = 5.0  # requests a row, from which on silence says something
HARDLY = 0.1  # of the usual calls, for each request of the alarmed node
A_GOOD_PART = 0.3  # of the alarmed node's loss must fall into the silence
RARELY = 0.01  # of quiet rows may show the same silence


@dataclass(frozen=True, slots=True)
class Findings:
    """What speaks against each node, (nodes,): 0 nothing, 1 everything. `abnormal` in the channel of the alarm,
    `crosswise` in the other one, `silent` requests that ceased (of those `busy` before), `unmeasured` no metric at
    all. `lost` are the calls that no longer came, for each request of the alarmed node; NaN where they explain nothing.
    """

    abnormal: Floats
    crosswise: Floats
    busy: Flags
    silent: Flags
    lost: Floats
    unmeasured: Flags


def findings(panel: Panel, own: Deviation, other: Deviation, account: Account) -> Findings:
    """What the alarm's own window (replay 0) shows."""
    crosswise = _graded(other.sustained[0]) * _could_act(panel, other, account)
    busy, silent, lost = _silence(panel, account.weight[0])
    lost = lost if own.channel is Channel.FAILURES else np.full_like(lost, np.nan)
    return Findings(_graded(own.sustained[0]), crosswise, busy, silent, lost, ~panel.measured)


def passed_on(found: Findings, account: Account, callees: Callees) -> Floats:
    """The part of each node's blame that each callee takes, (nodes, nodes); rows sum to 1 at most."""
    cost, excess = np.maximum(account.cost[0], 0.0), np.maximum(account.excess[0], 0.0)
    suspected = _from_below(found.abnormal, cost, callees)
    gone = found.silent & ~_called_by(found.silent, callees)
    passed = np.zeros((len(cost), len(cost)))
    for node, below in enumerate(callees):
        if not len(below) or cost[node] <= 0:
            continue
        accounted = _at_most_one(np.minimum(suspected[below] * cost[below] / cost[node], 1.0))
        slower = np.minimum(excess[below] / excess[node], 1.0) ** 2 if excess[node] > 0 else np.zeros(len(below))
        left = 1.0 - accounted.sum()
        otherwise = np.maximum.reduce(
            [
                UNDERCOUNTED * found.abnormal[below] * slower * (accounted < 0.5),
                CROSSWISE * found.crosswise[below],
                gone[below] * _silence_explains(found, below, left * cost[node]),
                UNMEASURED * found.unmeasured[below] * (node > 0),
            ]
        )
        passed[node, below] = accounted + left * _at_most_one(otherwise)
    return passed


def _silence_explains(found: Findings, below: NDArray[np.intp], failures: float) -> Floats:
    """How well the silence of each callee explains `failures` of the caller: both count the same calls."""
    lost = found.lost[below]
    ratio = np.minimum(lost, failures) / np.maximum(np.maximum(lost, failures), 1e-12)
    some_go_on = (found.silent[below] < found.busy[below]).any()
    fits = (SILENT if some_go_on else ALL_SILENT) * np.minimum(2.0 * ratio, 1.0)
    return np.where(np.isnan(lost), SILENT_AND_SLOW, fits)


def _from_below(abnormal: Floats, cost: Floats, callees: Callees) -> Floats:
    """A node too noisy to be called abnormal itself lets blame through to an abnormal callee that accounts for it."""
    suspected = abnormal.copy()
    for _ in callees:
        before = suspected.copy()
        for node, below in enumerate(callees):
            if len(below) and cost[node] > 0:
                through = suspected[below] * np.minimum(cost[below] / cost[node], 1.0)
                suspected[node] = max(suspected[node], float(through.max()))
        if np.array_equal(before, suspected):
            break
    return suspected


def _called_by(flags: Flags, callees: Callees) -> Flags:
    """Nodes of which some caller is flagged."""
    called = np.zeros(len(flags), np.bool_)
    for node, below in enumerate(callees):
        called[below] |= flags[node]
    return called


def _at_most_one(parts: Floats) -> Floats:
    return parts / max(float(parts.sum()), 1.0)


def _graded(sizes: Floats) -> Floats:
    return np.clip((sizes - ABNORMAL_FROM) / (ABNORMAL_AT - ABNORMAL_FROM), 0.0, 1.0)


def _could_act(panel: Panel, other: Deviation, account: Account) -> Flags:
    """Whether a departure in the other channel is large enough to cause the alarm, at a node that is usually called.

    A callee that is first called because something fails is an effect, however slow.
    """
    weight, near = account.weight[0], panel.near[None]
    called = panel.usual_requests > 0
    excess = np.einsum("r,rn->n", weight, other.excess[0])
    if other.channel is Channel.TIME:
        return np.asarray(called & (other.level[0] > 0) & (excess >= (FAR_SLOWER - 1.0) * other.level[0]))
    failed = other.excess[0] * calls_per_request(panel, near)[0]
    return np.asarray(called & (np.einsum("r,rn->n", weight, failed) >= WORTH_RETRYING))


def _silence(panel: Panel, weight: Floats) -> tuple[Flags, Flags, Floats]:
    """Nodes busy before the alarm, those that took hardly a request while the alarmed one suffered, and calls lost."""
    if not panel.history:
        nobody = np.zeros(len(panel.nodes), np.bool_)
        return nobody, nobody, np.zeros(len(panel.nodes))
    calls = calls_per_request(panel, np.arange(len(panel.times))[None])[0]
    near, leading = calls[panel.near], panel.near[: panel.leading]
    middle = np.median(calls[: panel.history], axis=0)
    usual, requests = middle, panel.usual_requests
    if panel.leading:  # the best row: some of them may lie in the fault already
        usual, requests = calls[leading].max(axis=0), panel.requests[leading].max(axis=0)
    busy = (requests >= BUSY) & (middle > 0)
    common = (calls[: panel.history] <= HARDLY * middle).mean(axis=0) > RARELY
    hardly = weight @ (near <= HARDLY * usual) >= A_GOOD_PART
    return busy, busy & ~common & hardly, weight @ np.maximum(usual - near, 0.0)
