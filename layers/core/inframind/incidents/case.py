"""An incident's record: how it opens and how it grows. Bounded, however many signals there are: the rest is counted."""

from collections.abc import Iterable, Mapping, Sequence

from inframind.incidents.board import WORST_FIRST, Condition, worst
from inframind.incidents.correlation import Group, Plan
from inframind.records import from_ms
from inframind.signals import Incident, Signal, TimelineEntry

SIGNALS_KEPT = 100
SIGNAL_BYTES = 200_000  # of all of them as JSON: half of what an item may hold, before compression
ENTRIES_KEPT = 150
SERVICES_KEPT = 50


def opened(group: Group, plan: Plan, now_ms: int) -> Incident:
    """A new incident of the group."""
    conditions = _conditions(group, plan)
    empty = Incident(
        id=group.incident,
        title="",
        status="open",
        severity="low",
        services=(),
        opened_at=from_ms(min(one.first_ms or now_ms for one in conditions)),
        changed_at=from_ms(now_ms),
        signal_count=0,
        signals=(),
        timeline=(),
    )
    return grown(empty, group, plan, now_ms)


def grown(incident: Incident, group: Group, plan: Plan, now_ms: int) -> Incident:
    """The incident with everything that the group holds now. `merged` incidents are to be joined before."""
    mine = [one for one in plan.conditions.values() if one.incident == incident.id and one.first_ms is not None]
    conditions = _united(mine, _conditions(group, plan))
    fresh = [one.signal for one in conditions if one.signal is not None]
    fresh += [plan.deployments[name] for name in group.deployments]
    signals = bounded((*incident.signals, *fresh))
    severity = worst([incident.severity, *(one.severity for one in conditions)])
    services = sorted({*incident.services, *(one.service for one in conditions)})[:SERVICES_KEPT]
    return incident.model_copy(
        update={
            "title": _title(signals, services) or incident.title,
            "severity": severity,
            "services": tuple(services),
            "opened_at": min(incident.opened_at, *(from_ms(one.first_ms or now_ms) for one in conditions)),
            "changed_at": from_ms(now_ms),
            "signal_count": max(incident.signal_count, sum(one.count for one in conditions)),
            "signals": signals,
            "timeline": _entries(incident.timeline, map(_entry, fresh)),
        }
    )


def joined(incident: Incident, others: Sequence[Incident], now_ms: int) -> Incident:
    """The incident with what other incidents held; to be grown afterwards."""
    signals = bounded((*incident.signals, *(signal for other in others for signal in other.signals)))
    told = [entry for other in others for entry in other.timeline]
    told += [noted(now_ms, "merged", f"Incident {other.id} was merged into this one") for other in others]
    return incident.model_copy(
        update={
            "opened_at": min([incident.opened_at, *(other.opened_at for other in others)]),
            "severity": worst([incident.severity, *(other.severity for other in others)]),
            "services": tuple(sorted({name for one in (incident, *others) for name in one.services})[:SERVICES_KEPT]),
            "signals": signals,
            "signal_count": incident.signal_count + sum(other.signal_count for other in others),
            "timeline": _entries(incident.timeline, told),
        }
    )


def told(incident: Incident, now_ms: int, kind: str, text: str) -> Incident:
    """The incident with one more line of its story."""
    timeline = _entries(incident.timeline, [noted(now_ms, kind, text)])
    return incident.model_copy(update={"timeline": timeline, "changed_at": from_ms(now_ms)})


def noted(at_ms: int, kind: str, text: str) -> TimelineEntry:
    """A line of a story that no signal brought."""
    return TimelineEntry(at=from_ms(at_ms), kind=kind, text=text)


def bounded(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """One signal a fingerprint, by time, as many as there is room for; deployments and the worst ones first."""
    found: dict[str, Signal] = {}
    for signal in signals:
        known = found.get(signal.fingerprint)
        if known is None or signal.kind == "deployment" or signal.observed_at < known.observed_at:
            found[signal.fingerprint] = signal
    ranked = sorted(
        found.values(),
        key=lambda one: (one.kind != "deployment", WORST_FIRST.index(one.severity), one.observed_at, one.fingerprint),
    )
    kept: list[Signal] = []
    room = SIGNAL_BYTES
    for signal in ranked[:SIGNALS_KEPT]:
        room -= len(signal.model_dump_json().encode())
        if room > 0:
            kept.append(signal)
    return tuple(sorted(kept, key=lambda one: (one.observed_at, one.fingerprint)))


def _conditions(group: Group, plan: Plan) -> list[Condition]:
    return [plan.conditions[name] for name in sorted(group.members)]


def _united(some: Sequence[Condition], others: Sequence[Condition]) -> list[Condition]:
    return list({one.fingerprint: one for one in (*some, *others)}.values())


def _title(signals: Sequence[Signal], services: Sequence[str]) -> str:
    signs = [signal for signal in signals if signal.kind != "deployment"]
    if not signs:
        return ""
    first = min(signs, key=lambda one: (WORST_FIRST.index(one.severity), one.observed_at, one.fingerprint))
    others = len(services) - 1
    text = first.title if first.service in first.title else f"{first.service}: {first.title}"
    return text + (f" (and {others} more service{'s' if others > 1 else ''})" if others > 0 else "")


def _entry(signal: Signal) -> TimelineEntry:
    return TimelineEntry(at=signal.observed_at, kind=signal.kind, text=signal.title, signal_id=signal.id)


def _entries(known: Sequence[TimelineEntry], more: Iterable[TimelineEntry]) -> tuple[TimelineEntry, ...]:
    """By time, each line once; when there are too many, the first half and the last half are kept."""
    lines: Mapping[tuple[object, ...], TimelineEntry] = {
        (one.at, one.kind, one.signal_id or one.text): one for one in (*known, *more)
    }
    ordered = sorted(lines.values(), key=lambda one: (one.at, one.kind, one.signal_id or one.text))
    if len(ordered) <= ENTRIES_KEPT:
        return tuple(ordered)
    half = ENTRIES_KEPT // 2
    return (*ordered[:half], *ordered[-half:])
