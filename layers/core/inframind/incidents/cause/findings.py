"""What speaks against each node: departures, silence, and that nobody measures it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.incidents.cause.attribution import Attribution, calls_per_request
from inframind.incidents.cause.deviation import Channel, Deviation
from inframind.incidents.cause.silence import Silence, silences
from inframind.incidents.cause.windows import Panel

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ABNORMAL_FROM, ABNORMAL_AT = 1.0, 2.0  # quiet units: not at all below the first, entirely from the second on
FAR_SLOWER = 3.0  # times the usual latency: what lets callers time out
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


def findings(scene: tuple[Panel, Deviation, Deviation, Attribution], windows: NDArray[np.intp]) -> Findings:
    """What the alarm's own window (replay 0) shows."""
    panel, own, other, attribution = scene
    return Findings(
        abnormal=_graded(own.sustained[0]),
        crosswise=_graded(other.sustained[0]),
        could_act=could_act(panel, other, attribution),
        silence=silences(panel, attribution.weight[0], windows),
        unmeasured=~panel.measured | unseen(panel, own.channel),
    )


def unseen(panel: Panel, channel: Channel) -> Flags:
    """Who is usually asked, was asked around the alarm, and of whom nobody knows how it went in the channel."""
    values = panel.latency if channel is Channel.TIME else panel.failures
    asked = _usually_called(panel) & (panel.requests[panel.near] > 0).any(axis=0)
    return np.asarray(asked & np.isnan(values[panel.near]).all(axis=0))


def could_act(panel: Panel, other: Deviation, attribution: Attribution) -> Flags:
    """Whether a departure in the other channel is large enough to cause the alarm, at a node that is usually called.

    A callee that is first called because something fails is an effect, however slow.
    """
    weight, near = attribution.weight[0], panel.near[None]
    called = _usually_called(panel)
    excess = np.einsum("r,rn->n", weight, other.excess[0])
    if other.channel is Channel.TIME:
        return np.asarray(called & (other.level[0] > 0) & (excess >= (FAR_SLOWER - 1.0) * other.level[0]))
    failed = other.excess[0] * calls_per_request(panel, near)[0]
    return np.asarray(called & (np.einsum("r,rn->n", weight, failed) >= WORTH_RETRYING))


def _graded(sizes: Floats) -> Floats:
    return np.clip((sizes - ABNORMAL_FROM) / (ABNORMAL_AT - ABNORMAL_FROM), 0.0, 1.0)


def _usually_called(panel: Panel) -> Flags:
    """Of a node without history the rows before the alarm tell."""
    leading = panel.requests[panel.near[: panel.leading]]
    unknown = ~panel.requests[: panel.history].any(axis=0)
    before = (leading > 0).all(axis=0) if panel.leading else np.zeros(len(panel.nodes), np.bool_)
    return np.asarray(np.where(unknown, before, panel.usual_requests > 0), np.bool_)
