"""What a notice says, in plain words and in order of importance; each provider puts it into its own form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

from inframind.identity import HIDDEN
from inframind.notification.notices import Event, Notice
from inframind.records import rfc3339
from inframind.signals import Analysis, Incident, IncidentSeverity, PastIncident, Signal

MARKS: dict[IncidentSeverity, str] = {"critical": "🔴", "high": "🟠", "medium": "🟡", "low": "🔵"}
COLOURS: dict[IncidentSeverity, str] = {"critical": "#B3261E", "high": "#E8710A", "medium": "#F2C200", "low": "#3B78E7"}
OVER_MARK, OVER_COLOUR = "✅", "#1E8E3E"
EVENTS: dict[Event, str] = {
    "opened": "",
    "raised": "Now {severity}",
    "analysed": "Analysed",
    "remembered": "Seen before",
    "grew": "Still growing",
    "acknowledged": "Acknowledged",
    "escalated": "Nobody has acknowledged",
    "repeated": "Still open",
    "merged": "Merged",
    "resolved": "Resolved",
    "test": "Test",
}
SIGNALS_SHOWN, ACTIONS_SHOWN, SUSPECTS_SHOWN, SERVICES_SHOWN, PAST_SHOWN = 10, 5, 3, 8, 2
UNPRINTABLE = re.compile(rf"[{HIDDEN}\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Part:
    """One titled part of a notice, a line each item."""

    title: str
    lines: tuple[str, ...]


def headline(notice: Notice) -> str:
    """One line that says it all: mark, what happened, how bad, what."""
    incident, word = notice.incident, EVENTS[notice.event].format(severity=notice.incident.severity)
    mark = OVER_MARK if is_over(notice) else MARKS[incident.severity]
    prefix = f"{word}: " if word else ""
    return clean(f"{mark} {incident.severity.upper()} · {prefix}{incident.title}")


def colour(notice: Notice) -> str:
    """The colour of the severity, green once it is over."""
    return OVER_COLOUR if is_over(notice) else COLOURS[notice.incident.severity]


def is_over(notice: Notice) -> bool:
    """Whether the notice says that nothing is left to do here."""
    return notice.event in {"resolved", "merged"}


def facts(incident: Incident) -> dict[str, str]:
    """The short facts of an incident by name."""
    shown = ", ".join(incident.services[:SERVICES_SHOWN])
    more = len(incident.services) - SERVICES_SHOWN
    told = {
        "Severity": incident.severity,
        "Status": incident.status,
        "Services": clean(shown + (f" and {more} more" if more > 0 else "")) or "unknown",
        "Since": rfc3339(incident.opened_at),
        "Signals": str(incident.signal_count),
    }
    if incident.acknowledged_by:
        until = f" until {rfc3339(incident.acknowledged_until)}" if incident.acknowledged_until else ""
        told["Acknowledged by"] = clean(incident.acknowledged_by) + until
    if incident.resolved_at:
        told["Resolved"] = rfc3339(incident.resolved_at)
    return told


def parts(notice: Notice) -> Iterator[Part]:
    """The parts in order of importance; an update that only says who or when has none."""
    incident = notice.incident
    if notice.is_short:
        return
    cause = tuple(_cause(incident))
    if cause:
        yield Part("Probable cause", cause)
    yield Part("What was seen", tuple(_signals(incident)))
    if incident.analysis is not None:
        yield from _advice(incident.analysis)
    if incident.similar:
        yield Part("Seen before", tuple(_past(one) for one in incident.similar[:PAST_SHOWN]))


def _past(one: PastIncident) -> str:
    told = (
        f"{one.at:%Y-%m-%d} {one.title}",
        one.cause and f"cause: {one.cause}",
        one.helped and f"helped: {one.helped}",
    )
    return clean(f"• {100 * one.score:.0f} % alike: {'; '.join(part for part in told if part)}")


def _cause(incident: Incident) -> Iterator[str]:
    if incident.analysis is not None:
        found = incident.analysis.root_cause
        yield clean(f"{found.description} ({found.confidence} % sure)")
        if found.reasoning:
            yield clean(found.reasoning)
    else:
        for suspect in incident.suspects[:SUSPECTS_SHOWN]:
            yield clean(f"{suspect.subject} ({suspect.kind}): {suspect.reason}")


def _signals(incident: Incident) -> Iterator[str]:
    shown = sorted(incident.signals, key=lambda one: one.observed_at)[:SIGNALS_SHOWN]
    for signal in shown:
        yield clean(f"• {rfc3339(signal.observed_at)} {signal.service}: {signal.title}{_measured(signal)}")
    more = incident.signal_count - len(shown)
    if more > 0:
        yield f"and {more} more"


def _measured(signal: Signal) -> str:
    """The numbers of an anomaly, where its evidence has them.

    >>> _number({"current_value": 1500.0}, "current_value")
    '1500'
    """
    value, expected = _number(signal.evidence, "current_value"), _number(signal.evidence, "baseline_mean")
    if value is None or expected is None:
        return f" ({signal.detail})" if signal.detail else ""
    z, percent = _number(signal.evidence, "z_score"), _number(signal.evidence, "deviation_percent")
    more = [text for text in (f"z {z}" if z else "", f"{percent} % off" if percent else "") if text]
    return f" ({', '.join([f'{value} where {expected} was expected', *more])})"


def _number(evidence: dict[str, Any], name: str) -> str | None:
    value = evidence.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        return None
    return f"{value:.6g}"


def _advice(analysis: Analysis) -> Iterator[Part]:
    actions = sorted(analysis.recommended_actions, key=lambda one: one.priority)[:ACTIONS_SHOWN]
    if actions:
        lines = (f"{n}. {one.action} (risk: {one.risk}): {one.reasoning}" for n, one in enumerate(actions, 1))
        yield Part("Recommended actions", tuple(clean(line) for line in lines))
    if analysis.estimated_customer_impact:
        yield Part("Customer impact", (clean(analysis.estimated_customer_impact),))


def clean(text: str) -> str:
    """The text as one line, without what readers of JSON and terminals choke on, and what turns the direction of text.

    So no title of an alert can pose as another part of the notice.

    >>> clean("slow" + chr(10) * 2 + "Recommended actions")
    'slow  Recommended actions'
    """
    return UNPRINTABLE.sub(" ", text).strip()


def clip(text: str, limit: int) -> str:
    """The text, at most `limit` characters long, an ellipsis for what is left out.

    >>> clip("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= limit else text[: limit - 1] + "…"


def clip_bytes(text: str, limit: int) -> str:
    """The text, at most `limit` bytes of UTF-8."""
    return text.encode()[:limit].decode(errors="ignore")
