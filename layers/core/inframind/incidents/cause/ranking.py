"""Ranks what probably caused an alarm, from metrics, the call graph and what else is known.

Time and failures add up along calls, and chance can be replayed on quiet hours: see docs/causes.md.
"""

from collections.abc import Sequence

import numpy as np

from inframind.incidents.cause.attribution import attributed
from inframind.incidents.cause.blame import passed_on
from inframind.incidents.cause.call_graph import Graph, calls, settle
from inframind.incidents.cause.deviation import Channel, Floats, deviation, replays
from inframind.incidents.cause.evidence import Scene, evidence_against
from inframind.incidents.cause.findings import findings
from inframind.incidents.cause.significance import significance
from inframind.incidents.cause.suspects import Hint, Suspect
from inframind.incidents.cause.windows import Alarm, Panel, Window, align

LEAST_BLAME = 0.2  # of the alarm, that its first suspect must carry: spread wider than that, nobody is named
LISTED = 0.01  # score, from which on a suspect is worth a line
ON_THE_WAY = 0.1  # least score of a node that is abnormal but explained by what it calls: behind its cause
HINTED = 1.0  # score that the strongest hint adds to a node with a part in the alarm, as large as all of the blame
HINTED_AT_REST = 0.3  # the same for a node whose metrics are as usual: it was changed, and nothing shows it
CHANNELS = {
    "latency": (Channel.TIME, Channel.FAILURES),
    "availability": (Channel.FAILURES, Channel.TIME),
}


def rank_window(before: Window, after: Window, graph: Graph, alarmed: Alarm) -> list[tuple[str, float]]:
    """Nodes that may have caused the alarm with their scores, best first; empty: no clear cause.

    The alarmed node itself is not named: that it is in trouble is known.
    """
    suspects = [suspect for suspect in rank(before, after, graph, alarmed) if suspect.node != alarmed.node]
    return [(suspect.node, suspect.score) for suspect in suspects]


def rank(
    before: Window, after: Window, graph: Graph, alarmed: Alarm, hints: Sequence[Hint] = ()
) -> tuple[Suspect, ...]:
    """Suspects with their evidence, best first; none when the alarm lies within chance, or points to nobody.

    `before` is quiet history of any age, `after` the rows around the alarm (rows before its onset help). An alarm on
    a metric other than latency and availability cannot be attributed and gives no suspects. O(history x nodes).
    """
    if alarmed.metric not in CHANNELS or not len(after.times):
        return ()
    panel = align(before, after, graph, alarmed)
    if not len(panel.near):
        return ()
    windows = replays(panel)
    own, other = (deviation(panel, channel, windows) for channel in CHANNELS[alarmed.metric])
    attribution = attributed(panel, own, windows)
    if not significance(own, other, attribution).is_significant:
        return ()
    scene = (panel, own, other, attribution)
    found = findings(scene, windows)
    callees = calls(graph, panel.nodes, ~found.unmeasured)
    blame = settle(passed_on(scene, found, callees)).reshape(2, -1).sum(axis=0)
    scores = np.maximum(blame, ON_THE_WAY * found.abnormal * np.minimum(attribution.share[0], 1.0))
    scores[0] = blame[0]
    hinted = _hinted(panel, hints) * np.where(scores >= LISTED, HINTED, HINTED_AT_REST)
    if (blame + hinted)[1:].max(initial=0.0) < LEAST_BLAME:
        scores[1:] = 0.0
    scores += hinted
    return _listed(Scene(*scene, found, float(blame[0])), scores, hints, alarmed.timestamp)


def _hinted(panel: Panel, hints: Sequence[Hint]) -> Floats:
    return np.array([max((hint.strength for hint in hints if hint.node == node), default=0.0) for node in panel.nodes])


def _listed(scene: Scene, scores: Floats, hints: Sequence[Hint], alarm_s: float) -> tuple[Suspect, ...]:
    suspects = []
    for place, node in enumerate(scene.panel.nodes):
        score = round(float(scores[place]), 6)
        if score >= LISTED:
            told = tuple(hint.evidence for hint in hints if hint.node == node)
            suspects.append(Suspect(node=node, score=score, evidence=told + evidence_against(scene, place, alarm_s)))
    return tuple(sorted(suspects, key=lambda suspect: (-suspect.score, suspect.node)))
