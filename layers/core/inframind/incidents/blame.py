"""How much of a node's trouble it passes on to what it calls.

Blame of 1 starts at the alarmed node, in the channel of the alarm: time lost, or requests failed. An abnormal callee
takes the part of its caller's loss that it accounts for. What no callee accounts for goes, in part, to callees with
other evidence against them: slower by as much although few of their requests are counted; departing in the other
channel, where blame then runs on; fallen silent, or never measured. The rest stays.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.incidents.account import Account, calls_per_request
from inframind.incidents.deviation import Channel, Deviation
from inframind.incidents.silence import Silence, silences
from inframind.incidents.windows import Panel

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Callees = list[NDArray[np.intp]]

ABNORMAL_FROM, ABNORMAL_AT = 1.0, 2.0  # quiet units: not at all below the first, entirely from the second on
UNDERCOUNTED = 0.8  # of what is left goes to a callee that is slower by as much as its caller, seldom as it is counted
CROSSWISE = 0.75  # to a callee that is far slower where the caller fails, or fails where the caller is slower
UNMEASURED = 0.25  # to a callee nobody measures: possible, never likelier than its caller
FAR_SLOWER = 3.0  # times the usual latency: what lets callers time out
SELDOM = 8.0  # requests of its caller, of which one may ask an undercounted callee, slower by so many times as much
TOO_MUCH = 2.0  # times the caller's loss: what costs more is not waited for, or not all of the time
MOST_DOUBT = 0.5  # of a loss, however restless its node
HALF = 0.5
MOSTLY = 0.9  # of the caller's loss: a callee that accounts for so much is asked for nothing else
WORTH_RETRYING = 0.01  # failed calls for each of the alarmed node's requests: what can slow it down


@dataclass(frozen=True, slots=True)
class Findings:
    """What speaks against each node, (nodes,): 0 nothing, 1 everything.

    `abnormal` in the channel of the alarm, `crosswise` in the other one; `could_act`, whether that is large enough to
    show in the alarm's; `silence` who fell silent; `unmeasured` who has no metric at all.
    """

    abnormal: Floats
    crosswise: Floats
    could_act: Flags
    silence: Silence
    unmeasured: Flags


@dataclass(frozen=True, slots=True)
class Ledger:
    """What blame in one channel goes by, (nodes,): what each node cost the front, and a request of its own.

    `doubt` is the part of a node's loss that chance may have added or taken: a quiet row in twenty shows as much.
    """

    channel: Channel
    cost: Floats
    excess: Floats
    doubt: Floats
    suspected: Floats
    crossing: Floats  # evidence in the other channel that can show in this one


def findings(scene: tuple[Panel, Deviation, Deviation, Account], windows: NDArray[np.intp]) -> Findings:
    """What the alarm's own window (replay 0) shows."""
    panel, own, other, account = scene
    return Findings(
        abnormal=_graded(own.sustained[0]),
        crosswise=_graded(other.sustained[0]),
        could_act=_could_act(panel, other, account),
        silence=silences(panel, account.weight[0], windows),
        unmeasured=~panel.measured | unseen(panel, own.channel),
    )


def unseen(panel: Panel, channel: Channel) -> Flags:
    """Who is usually asked, was asked around the alarm, and of whom nobody knows how it went in the channel."""
    values = panel.latency if channel is Channel.TIME else panel.failures
    asked = _usually_called(panel) & (panel.requests[panel.near] > 0).any(axis=0)
    return np.asarray(asked & np.isnan(values[panel.near]).all(axis=0))


def passed_on(scene: tuple[Panel, Deviation, Deviation, Account], found: Findings, callees: Callees) -> Floats:
    """The part of blame that each place takes of each other's, (2 nodes, 2 nodes); rows sum to 1 at most.

    The first half of the places are the nodes in the channel of the alarm, the second half in the other one.
    """
    panel, own, other, account = scene
    weight, calls = account.weight[0], calls_per_request(panel, panel.near[None])[0]
    excess = other.excess[0]
    back = _could_act(panel, own, account)
    ledgers = (
        Ledger(
            own.channel,
            np.maximum(account.cost[0], 0.0),
            np.maximum(account.excess[0], 0.0),
            _doubt(own),
            found.abnormal,
            found.crosswise * found.could_act,
        ),
        Ledger(
            other.channel,
            np.maximum(weight @ (excess * calls), 0.0),
            np.maximum(weight @ excess, 0.0),
            _doubt(other),
            found.crosswise,
            found.abnormal * back,
        ),
    )
    ratios = (weight @ _relative(own), weight @ _relative(other))
    nodes = len(panel.nodes)
    passed = np.zeros((2 * nodes, 2 * nodes))
    for here, ledger in enumerate(ledgers):
        suspected = _from_below(ledger.suspected, ledger.cost, callees)
        silent = found.silence.silent
        gone = silent & ~_called_by(silent, callees)
        shared = _callers(ledger.suspected >= HALF, callees) > 1
        for node, below in enumerate(callees):
            if not len(below) or ledger.cost[node] <= 0:
                continue
            row, same, cross = here * nodes + node, here * nodes + below, (1 - here) * nodes + below
            accounted, otherwise = _shares(ledger, suspected, node, below)
            left = 1.0 - accounted.sum()
            crossing = CROSSWISE * _rivals(ledger.crossing[below], ratios[1 - here][below]) * (accounted < MOSTLY)
            strong = _at_most_one(np.maximum(otherwise, crossing))
            weak = np.maximum(
                gone[below] * found.silence.explains(below, (ledger.channel, left * ledger.cost[node]), shared[below]),
                _unmeasured(found.unmeasured[below]) * (node > 0),
            )
            spread = accounted + left * (1.0 - strong.sum()) * _at_most_one(weak)
            crosses = crossing > otherwise
            passed[row, same] = spread + left * strong * ~crosses
            passed[row, cross] = left * strong * crosses
    return passed


def _shares(ledger: Ledger, suspected: Floats, node: int, below: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Of the node's loss the part that each callee accounts for; and how well a slower, undercounted one would."""
    cost, excess = ledger.cost, ledger.excess
    ratio = cost[below] / cost[node]
    doubt = np.minimum(ledger.doubt[below] + ledger.doubt[node], MOST_DOUBT)
    gap = np.maximum(1.0 - ratio, 0.0)  # no gap at all where half of the doubt closes it, the whole one from it on
    fits = (1.0 - np.clip(2.0 * gap - doubt, 0.0, gap)) * np.minimum(TOO_MUCH / np.maximum(ratio, 1e-12), 1.0)
    accounted = _at_most_one(suspected[below] * fits)
    slower = excess[below] / excess[node] if excess[node] > 0 else np.zeros(len(below))
    slower = np.minimum(slower, 1.0) ** 2 * np.minimum(SELDOM / np.maximum(slower, 1e-12), 1.0)
    return accounted, UNDERCOUNTED * ledger.suspected[below] * slower * (accounted < 0.5)


def _unmeasured(flags: Flags) -> Floats:
    """The part that each unmeasured callee takes: however many there are, none is likelier than the caller."""
    return np.asarray(UNMEASURED * flags / (1.0 - UNMEASURED + UNMEASURED * max(int(flags.sum()), 1)))


def _doubt(channel: Deviation) -> Floats:
    """What one quiet unit is of each node's departure, 1 at most."""
    return np.asarray(1.0 / np.maximum(channel.sustained[0], 1.0))


def _relative(channel: Deviation) -> Floats:
    """The departure in each row, (rows, nodes): as a part of the usual latency, or of all requests."""
    level = np.where(channel.level[0] > 0, channel.level[0], np.inf) if channel.channel is Channel.TIME else 1.0
    return np.asarray(np.maximum(channel.excess[0], 0.0) / level)


def _rivals(evidence: Floats, departures: Floats) -> Floats:
    """Evidence of the other sort against siblings, each by its part of the largest departure among them."""
    against = evidence * departures
    return np.asarray(against / max(float(against.max()), 1e-12) * evidence.max())


def _callers(flags: Flags, callees: Callees) -> NDArray[np.intp]:
    """How many flagged nodes call each node."""
    number = np.zeros(len(flags), np.intp)
    for node in np.flatnonzero(flags):
        number[callees[node]] += 1
    return number


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
    called = _usually_called(panel)
    excess = np.einsum("r,rn->n", weight, other.excess[0])
    if other.channel is Channel.TIME:
        return np.asarray(called & (other.level[0] > 0) & (excess >= (FAR_SLOWER - 1.0) * other.level[0]))
    failed = other.excess[0] * calls_per_request(panel, near)[0]
    return np.asarray(called & (np.einsum("r,rn->n", weight, failed) >= WORTH_RETRYING))


def _usually_called(panel: Panel) -> Flags:
    """Of a node without history the rows before the alarm tell."""
    leading = panel.requests[panel.near[: panel.leading]]
    unknown = ~panel.requests[: panel.history].any(axis=0)
    before = (leading > 0).all(axis=0) if panel.leading else np.zeros(len(panel.nodes), np.bool_)
    return np.asarray(np.where(unknown, before, panel.usual_requests > 0), np.bool_)
