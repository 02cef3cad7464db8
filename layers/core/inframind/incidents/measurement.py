"""What stored metrics add to the suspicion: the ranking over calls, asked about the front of an incident."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inframind.frames import Frame
from inframind.identity import content_id
from inframind.incidents.call_graph import reachable
from inframind.incidents.cause import Alarm, rank
from inframind.incidents.gauges import windows
from inframind.records import to_ms
from inframind.signals import Incident, Measurement, Signal

SERVICES = 48  # looked at: the nearest to the front
RESOURCES = 3  # of a service, if its series are kept under other names
HISTORY_MS = 2 * 3_600_000  # before the onset: what quiet rows are taken from
TOLD = 10  # suspects; further ones have hardly a part
WORDS = 240

Edges = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is to be read for an incident: resources by service, and the range around the onset, in milliseconds."""

    front: str
    graph: Mapping[str, Sequence[str]]
    resources: Mapping[str, Sequence[str]]
    onset_ms: int
    start_ms: int
    end_ms: int


def inquiry(incident: Incident, edges: Edges, now_ms: int) -> Inquiry | None:
    """Where to look; None where the front of the trouble calls nobody, for then there is nothing to tell apart."""
    signs = [signal for signal in incident.signals if signal.kind != "deployment"]
    if not signs:
        return None
    graph: dict[str, list[str]] = {}
    for caller, callee in sorted(edges):
        graph.setdefault(caller, []).append(callee)
    fronts = _fronts({one.service for one in signs}, edges)
    front = max(fronts, key=lambda name: (len(reachable(graph, name)), name))
    nodes = reachable(graph, front)[:SERVICES]
    if len(nodes) < 2:
        return None
    kept = {name: [callee for callee in graph.get(name, ()) if callee in nodes] for name in nodes}
    onset_ms = min(to_ms(one.observed_at) for one in signs)
    resources = {name: _resources(name, signs) for name in nodes}
    return Inquiry(front, kept, resources, onset_ms, onset_ms - HISTORY_MS, now_ms + 1)


def measurements(asked: Inquiry, read: Mapping[str, Sequence[Frame]]) -> tuple[Measurement, ...]:
    """What the metrics of each service say, the most suspect first; nothing where they point to nobody.

    A service that was measured and has no part in the trouble is there with a score of 0: that speaks for it.
    """
    before, after = windows(read, asked.onset_ms)
    for metric in ("latency", "availability"):
        if (asked.front, metric, "Average") not in after.series:
            continue
        alarm = Alarm(asked.front, metric, "Average", asked.onset_ms / 1000)
        found = rank(before, after, asked.graph, alarm)
        if not any(one.node != asked.front for one in found):
            continue
        told = [
            _measurement(one.node, one.score, "; ".join(each.words for each in one.evidence)) for one in found[:TOLD]
        ]
        measured = {name for name, *_ in after.series} - {one.node for one in found}
        return (*told, *(_measurement(name, 0.0, "as in quiet hours") for name in sorted(measured)))
    return ()


def _fronts(troubled: set[str], edges: Edges) -> set[str]:
    """Those in trouble whom nobody in trouble calls; all of them where they call each other in a ring."""
    called = {callee for caller, callee in edges if caller in troubled and caller != callee}
    return troubled - called or troubled


def _resources(service: str, signs: Sequence[Signal]) -> list[str]:
    """Under which names the series of a service are kept: its own, and those that its anomalies came from."""
    own = (signal.evidence.get("resource_id") for signal in signs if signal.service == service)
    return list(dict.fromkeys([service, *(name for name in own if isinstance(name, str))]))[:RESOURCES]


def _measurement(service: str, score: float, words: str) -> Measurement:
    kept = words[:WORDS]
    name = content_id((part.encode() for part in ("measurement", service, f"{score:.3f}", kept)), size=8)
    return Measurement(id=name, service=service, score=round(min(score, 1.0), 3), words=kept)
