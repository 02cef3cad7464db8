"""How much of a node's trouble it passes on to what it calls.

Blame of 1 starts at the alarmed node, in the channel of the alarm: time lost, or requests failed. An abnormal callee
takes the part of its caller's loss that it accounts for. What no callee accounts for goes, in part, to callees with
other evidence against them: slower by as much although few of their requests are counted; departing in the other
channel, where blame then runs on; fallen silent, or never measured. The rest stays.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.incidents.cause.attribution import Attribution, calls_per_request
from inframind.incidents.cause.deviation import Channel, Deviation
from inframind.incidents.cause.findings import Findings, could_act
from inframind.incidents.cause.windows import Panel

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Callees = list[NDArray[np.intp]]

UNDERCOUNTED = 0.8  # of what is left goes to a callee that is slower by as much as its caller, seldom as it is counted
CROSSWISE = 0.75  # to a callee that is far slower where the caller fails, or fails where the caller is slower
UNMEASURED = 0.25  # to a callee nobody measures: possible, never likelier than its caller
SELDOM = 8.0  # requests of its caller, of which one may ask an undercounted callee, slower by so many times as much
TOO_MUCH = 2.0  # times the caller's loss: what costs more is not waited for, or not all of the time
MOST_DOUBT = 0.5  # of a loss, however restless its node
HALF = 0.5
MOSTLY = 0.9  # of the caller's loss: a callee that accounts for so much is asked for nothing else


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


@dataclass(frozen=True, slots=True)
class Callers:
    """What all callers of one channel go by when they hand blame on, (nodes,) each.

    `suspected` lets blame through to what lies below; `gone` are the silent ones that no silent node calls; `shared`
    those that several troubled nodes call; `departures` how far each node departs in the other channel.
    """

    ledger: Ledger
    suspected: Floats
    gone: Flags
    shared: Flags
    departures: Floats


def passed_on(scene: tuple[Panel, Deviation, Deviation, Attribution], found: Findings, callees: Callees) -> Floats:
    """The part of blame that each place takes of each other's, (2 nodes, 2 nodes); rows sum to 1 at most.

    The first half of the places are the nodes in the channel of the alarm, the second half in the other one.
    """
    panel, own, other, attribution = scene
    weight, nodes = attribution.weight[0], len(panel.nodes)
    departures = (weight @ _relative(own), weight @ _relative(other))
    passed = np.zeros((2 * nodes, 2 * nodes))
    for here, ledger in enumerate(_ledgers(scene, found)):
        callers = _callers_of(ledger, found, callees, departures[1 - here])
        for node, below in enumerate(callees):
            if len(below) and ledger.cost[node] > 0:
                row = here * nodes + node
                passed[row, here * nodes + below], passed[row, (1 - here) * nodes + below] = _handed_on(
                    callers, found, node, below
                )
    return passed


def _ledgers(scene: tuple[Panel, Deviation, Deviation, Attribution], found: Findings) -> tuple[Ledger, Ledger]:
    """That of the alarm's channel, and that of the other one."""
    panel, own, other, attribution = scene
    weight, calls = attribution.weight[0], calls_per_request(panel, panel.near[None])[0]
    return (
        Ledger(
            own.channel,
            np.maximum(attribution.cost[0], 0.0),
            np.maximum(attribution.excess[0], 0.0),
            _doubt(own),
            found.abnormal,
            found.crosswise * found.could_act,
        ),
        Ledger(
            other.channel,
            np.maximum(weight @ (other.excess[0] * calls), 0.0),
            np.maximum(weight @ other.excess[0], 0.0),
            _doubt(other),
            found.crosswise,
            found.abnormal * could_act(panel, own, attribution),
        ),
    )


def _callers_of(ledger: Ledger, found: Findings, callees: Callees, departures: Floats) -> Callers:
    silent = found.silence.silent
    return Callers(
        ledger,
        suspected=_from_below(ledger.suspected, ledger.cost, callees),
        gone=silent & ~_called_by(silent, callees),
        shared=_count_callers(ledger.suspected >= HALF, callees) > 1,
        departures=departures,
    )


def _handed_on(callers: Callers, found: Findings, node: int, below: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Of the node's blame the part that goes to each callee: in the same channel, and in the other one."""
    ledger = callers.ledger
    accounted, otherwise = _shares(ledger, callers.suspected, node, below)
    left = 1.0 - accounted.sum()
    crossing = CROSSWISE * _rivals(ledger.crossing[below], callers.departures[below]) * (accounted < MOSTLY)
    strong = _at_most_one(np.maximum(otherwise, crossing))
    loss = (ledger.channel, left * ledger.cost[node])
    weak = np.maximum(
        callers.gone[below] * found.silence.explains(below, loss, callers.shared[below]),
        _unmeasured(found.unmeasured[below]) * (node > 0),
    )
    spread = accounted + left * (1.0 - strong.sum()) * _at_most_one(weak)
    crosses = crossing > otherwise
    return spread + left * strong * ~crosses, left * strong * crosses


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


def _count_callers(flags: Flags, callees: Callees) -> NDArray[np.intp]:
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
