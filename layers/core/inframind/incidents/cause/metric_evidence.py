"""What stored metrics add to the suspicion: the ranking over calls, asked about the front of an incident."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inframind.frames import Frame
from inframind.identity import SeriesId, content_id
from inframind.incidents.cause.absence import absent
from inframind.incidents.cause.call_graph import reachable
from inframind.incidents.cause.golden_signals import role_of, windows
from inframind.incidents.cause.ranking import rank
from inframind.incidents.cause.suspects import Evidence, EvidenceKind, Hint
from inframind.incidents.cause.windows import Alarm
from inframind.records import to_ms
from inframind.signals import Incident, Measurement, Signal

SERVICES = 48  # looked at: the nearest to the front
RESOURCES = 3  # of a service, if its series are kept under other names
HISTORY_MS = 2 * 3_600_000  # before the onset: what quiet rows are taken from
TOLD = 10  # suspects; further ones have hardly a part
WORDS = 240
METRICS = ("latency", "availability")
WHOLLY_ABSENT = 0.5  # how much it weighs that nothing of a service arrives: a dead one sends nothing, one unasked might
PARTLY_ABSENT = 0.15  # that some of its series do not

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
    hints: tuple[Hint, ...] = ()
    metrics: tuple[str, ...] = METRICS


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
    hints = tuple(_absent(one) for one in signs if one.service in nodes and one.evidence.get("kind") == "absent")
    metrics = _troubled([one for one in signs if one.service == front])
    return Inquiry(front, kept, resources, onset_ms, onset_ms - HISTORY_MS, now_ms + 1, hints, metrics)


def measurements(asked: Inquiry, read: Mapping[str, Sequence[Frame]]) -> tuple[Measurement, ...]:
    """What the metrics of each service say, the most suspect first; nothing where they point to nobody.

    A service that was measured and has no part in the trouble is there with a score of 0: that speaks for it. Where no
    part can be told, a service of which nothing arrives any more is suspect by that alone.
    """
    before, after = windows(read, asked.onset_ms)
    missed = _missed(asked, read)
    alarms = [
        Alarm(asked.front, metric, "Average", asked.onset_ms / 1000)
        for metric in asked.metrics
        if (asked.front, metric, "Average") in after.series
    ]
    rankings = (rank(before, after, asked.graph, alarm, (*asked.hints, *missed)) for alarm in alarms)
    found = next((ranking for ranking in rankings if any(one.node != asked.front for one in ranking)), ())
    if not found:
        return tuple(_measurement(one.node, one.strength / len(missed), one.evidence.words) for one in missed)
    told = [_measurement(one.node, one.score, "; ".join(each.words for each in one.evidence)) for one in found[:TOLD]]
    services = {name for name, *_ in after.series} - {one.node for one in found}
    return (*told, *(_measurement(name, 0.0, "as in quiet hours") for name in sorted(services)))


def _missed(asked: Inquiry, read: Mapping[str, Sequence[Frame]]) -> tuple[Hint, ...]:
    """Hints against whom the store misses; nobody whom the watch over series has told of already."""
    told = {hint.node for hint in asked.hints}
    words = "nothing of it arrived any more, which always had"
    return tuple(
        Hint(node=name, strength=WHOLLY_ABSENT, evidence=Evidence.of(name, EvidenceKind.DEVIATION, words, {}))
        for name in absent(read, asked.graph, asked.front, asked.onset_ms)
        if name not in told
    )


def _troubled(signs: Sequence[Signal]) -> tuple[str, ...]:
    """What to ask about first: that in which the front went furthest, as its signals tell."""
    far = dict.fromkeys(METRICS, 0.0)
    for one in signs:
        role = role_of(SeriesId(one.service, str(one.evidence.get("metric_name", ""))))
        metric = "availability" if role in ("failed", "failures", "availability") else "latency" if role else ""
        z = one.evidence.get("z_score")
        if metric and isinstance(z, int | float):
            far[metric] = max(far[metric], abs(float(z)))
    return tuple(sorted(METRICS, key=lambda metric: -far[metric]))


def _absent(signal: Signal) -> Hint:
    """What has stopped arriving may be dead: the more so if nothing of it arrives any more."""
    strength = WHOLLY_ABSENT if signal.severity in ("high", "critical") else PARTLY_ABSENT
    evidence = Evidence.of(signal.service, EvidenceKind.DEVIATION, signal.detail[:WORDS] or signal.title, {})
    return Hint(node=signal.service, strength=strength, evidence=evidence)


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
