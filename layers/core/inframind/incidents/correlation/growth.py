"""How an incident opens and how it grows, by what a plan says of its group."""

from collections.abc import Sequence

from inframind.incidents.board import WORST_FIRST, Condition, worst
from inframind.incidents.correlation.planning import Group, Plan
from inframind.incidents.lifecycle import SERVICES_KEPT, bounded, with_entries
from inframind.records import from_ms
from inframind.signals import Incident, Signal, TimelineEntry


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
            "timeline": with_entries(incident.timeline, map(_entry, fresh)),
        }
    )


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
