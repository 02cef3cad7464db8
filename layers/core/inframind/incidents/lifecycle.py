"""An incident's record from state to state, and its story; bounded, however many signals there are."""

from collections.abc import Iterable, Mapping, Sequence

from inframind.incidents.board import WORST_FIRST, worst
from inframind.records import from_ms
from inframind.signals import Incident, Signal, TimelineEntry

SIGNALS_KEPT = 100
SIGNAL_BYTES = 200_000  # of all of them as JSON: half of what an item may hold, before compression
ENTRIES_KEPT = 150
SERVICES_KEPT = 50


def told(incident: Incident, now_ms: int, kind: str, text: str) -> Incident:
    """The incident with one more line of its story."""
    timeline = with_entries(incident.timeline, [noted(now_ms, kind, text)])
    return incident.model_copy(update={"timeline": timeline, "changed_at": from_ms(now_ms)})


def noted(at_ms: int, kind: str, text: str) -> TimelineEntry:
    """A line of a story that no signal brought."""
    return TimelineEntry(at=from_ms(at_ms), kind=kind, text=text)


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
            "timeline": with_entries(incident.timeline, told),
        }
    )


def merged_into(incident: Incident, other: str, now_ms: int) -> Incident:
    """The incident as part of another one."""
    ended = told(incident, now_ms, "merged", f"Merged into incident {other}")
    return ended.model_copy(update={"status": "merged", "merged_into": other, "resolved_at": from_ms(now_ms)})


def resolved(incident: Incident, now_ms: int, why: str) -> Incident:
    """The incident as over."""
    ended = told(incident, now_ms, "resolved", why)
    return ended.model_copy(update={"status": "resolved", "resolved_at": from_ms(now_ms)})


def reopened(incident: Incident, now_ms: int) -> Incident:
    again = told(incident, now_ms, "unacknowledged", "The acknowledgement has expired")
    return again.model_copy(update={"status": "open", "acknowledged_by": None, "acknowledged_until": None})


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


def with_entries(known: Sequence[TimelineEntry], more: Iterable[TimelineEntry]) -> tuple[TimelineEntry, ...]:
    """By time, each line once; when there are too many, the first half and the last half are kept."""
    lines: Mapping[tuple[object, ...], TimelineEntry] = {
        (one.at, one.kind, one.signal_id or one.text): one for one in (*known, *more)
    }
    ordered = sorted(lines.values(), key=lambda one: (one.at, one.kind, one.signal_id or one.text))
    if len(ordered) <= ENTRIES_KEPT:
        return tuple(ordered)
    half = ENTRIES_KEPT // 2
    return (*ordered[:half], *ordered[-half:])
