"""What the numbers say about a node, in the words of a person on call."""

from dataclasses import dataclass

import numpy as np

from inframind.incidents.cause.attribution import Attribution
from inframind.incidents.cause.deviation import Channel, Deviation
from inframind.incidents.cause.findings import Findings
from inframind.incidents.cause.suspects import Evidence, EvidenceKind
from inframind.incidents.cause.windows import Panel

WORTH_TELLING = 1.0  # quiet units


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that was worked out about one alarm."""

    panel: Panel
    own: Deviation
    other: Deviation
    attribution: Attribution
    found: Findings
    kept: float  # blame the alarmed node did not pass on, 0 to 1


def evidence_against(scene: Scene, place: int, alarm_s: float) -> tuple[Evidence, ...]:
    """What speaks against the node in column `place`, strongest sort first."""
    said = [_departure(scene, channel, place) for channel in (scene.own, scene.other)]
    said += [_silence(scene, place), _onset(scene, place, alarm_s), _part_in_the_alarm(scene, place)]
    return tuple(evidence for evidence in said if evidence is not None)


def _departure(scene: Scene, channel: Deviation, place: int) -> Evidence | None:
    size = float(channel.sustained[0, place])
    if size < WORTH_TELLING:
        return None
    level, excess = float(channel.level[0, place]), float(channel.excess[0, :, place].max())
    if channel.channel is Channel.TIME:
        words = f"latency {level + excess:.3g} where {level:.3g} was usual, {size:.3g} times what quiet hours reach"
    else:
        words = f"{100 * (level + excess):.3g} % of requests failed where {100 * level:.3g} % is usual"
    numbers = {"usual": level, "reached": level + excess, "quiet_units": size}
    return Evidence.of(scene.panel.nodes[place], EvidenceKind.DEVIATION, words, numbers)


def _silence(scene: Scene, place: int) -> Evidence | None:
    if not scene.found.silence.silent[place]:
        return None
    requests = scene.panel.requests[scene.panel.near, place]
    words = (
        f"hardly a request came: {requests.min():.0f} in a row of measurements, {requests.max():.0f} before or after"
    )
    numbers = {"fewest": float(requests.min()), "most": float(requests.max())}
    return Evidence.of(scene.panel.nodes[place], EvidenceKind.DEVIATION, words, numbers)


def _onset(scene: Scene, place: int, alarm_s: float) -> Evidence | None:
    size = np.maximum(scene.own.size[0, :, place], scene.other.size[0, :, place])
    above = np.flatnonzero(size >= WORTH_TELLING)
    if not len(above) or not place:
        return None
    begins = float(scene.panel.times[scene.panel.near[above[0]]])
    when = "before" if begins < alarm_s else "after"
    words = (
        f"first out of its usual range in the interval that began {abs(begins - alarm_s) / 60:.1f} min {when} the alarm"
    )
    numbers = {"begins_s": begins, "after_alarm_s": begins - alarm_s}
    return Evidence.of(scene.panel.nodes[place], EvidenceKind.ONSET, words, numbers)


def _part_in_the_alarm(scene: Scene, place: int) -> Evidence:
    share, front = float(scene.attribution.share[0, place]), scene.panel.nodes[0]
    loss = "added time" if scene.own.channel is Channel.TIME else "failed requests"
    if not place:
        words, share = f"{100 * scene.kept:.0f} % of its {loss} is explained by nothing it calls", scene.kept
    elif scene.panel.measured[place]:
        words = f"accounts for {100 * share:.0f} % of the {loss} of {front}"
    else:
        words = "lies on the way of the calls and is not measured"
    return Evidence.of(scene.panel.nodes[place], EvidenceKind.CALL_GRAPH, words, {"share": share})
