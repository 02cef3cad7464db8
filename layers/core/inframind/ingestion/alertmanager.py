"""Alertmanager's webhook, version 4: every alert is a signal, firing or resolved, under Alertmanager's fingerprint."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from inframind.errors import MAX_FAULTS, Fault, Rejected
from inframind.identity import content_id
from inframind.ingestion.json_entry import Clock
from inframind.ingestion.limits import LATEST_MS
from inframind.ingestion.signal_fields import DETAIL_CHARS, NAME_CHARS, TITLE_CHARS, Fields, as_text, cut, parsed
from inframind.records import from_ms, to_ms
from inframind.signals import IncidentSeverity, Signal

SERVICE_LABELS = ("service", "service_name", "app", "job", "instance")
"""Where an alert says whom it concerns: the first that is there; else its namespace, else its name."""
LAST_LABELS = ("namespace", "alertname")
NEVER = "0001-01-01"  # how Go writes a time that was not set
SEVERITIES: Mapping[str, IncidentSeverity] = {
    "critical": "critical",
    "page": "critical",
    "emergency": "critical",
    "error": "high",
    "high": "high",
    "major": "high",
    "warning": "medium",
    "warn": "medium",
    "medium": "medium",
    "minor": "low",
    "info": "low",
    "low": "low",
    "none": "low",
}


def read(body: bytes, clock: Clock) -> tuple[list[Signal], list[Fault]]:
    """The signals of a request, and what was wrong with its other alerts.

    Raises `Rejected` for what is no webhook of version 4, and where no alert could be taken.
    """
    document = parsed(body)
    alerts = document.get("alerts")
    if document.get("version") != "4" or not isinstance(alerts, list):
        raise Rejected('Send Alertmanager\'s webhook: an object with "version": "4" and a list "alerts".')
    signals: list[Signal] = []
    faults: list[Fault] = []
    for place, alert in enumerate(alerts):
        fields = Fields(alert if isinstance(alert, dict) else {}, f"alerts[{place}]")
        signal = _signal(fields, clock)
        if fields.faults:
            faults += fields.faults
        else:
            signals.append(signal)
    if faults and not signals:
        raise Rejected("No alert could be taken; every fault is named in errors.", faults)
    return signals, faults


def answer(signals: list[Signal], faults: list[Fault]) -> dict[str, object]:
    """What Alertmanager is told; it logs no more than the status."""
    errors = [{"where": fault.where, "what": fault.what} for fault in faults[:MAX_FAULTS]]
    return {"message": "Alerts taken", "accepted": len(signals), "errors": errors}


def _signal(fields: Fields, clock: Clock) -> Signal:
    alert, labels, annotations = fields.document, fields.labels("labels"), fields.labels("annotations")
    is_over = alert.get("status") == "resolved"
    started, start = _moment(fields, "startsAt", clock)
    at, end = _moment(fields, "endsAt", clock) if is_over else (started, "")
    fingerprint = alert.get("fingerprint")
    if not isinstance(fingerprint, str) or not fingerprint:
        fingerprint = content_id(part.encode() for pair in sorted(labels.items()) for part in pair)
    fingerprint = cut(fingerprint, NAME_CHARS)
    name = labels.get("alertname", "alert")
    summary = annotations.get("summary") or annotations.get("title") or name
    return Signal(
        id=content_id(part.encode() for part in ("alert", fingerprint, start, end)),
        fingerprint=fingerprint,
        kind="alert",
        status="resolved" if is_over else "firing",
        service=_service(labels),
        severity=SEVERITIES.get(labels.get("severity", "").lower(), "medium"),
        observed_at=at,
        title=cut(summary, TITLE_CHARS),
        detail=cut(as_text(_description(alert)), DETAIL_CHARS),
        labels=labels,
        evidence={"alertname": name, "generator_url": cut(as_text(alert.get("generatorURL") or ""), DETAIL_CHARS)},
    )


def _moment(fields: Fields, key: str, clock: Clock) -> tuple[datetime, str]:
    """When it was, and the time as part of an id, the same whenever it is told.

    What was never set, and what is ahead of the clock here, was now: no alert is lost over a clock.
    """
    if str(fields.document.get(key)).startswith(NEVER):
        return from_ms(clock.now_ms), str(clock.now_ms)
    at_ms = to_ms(fields.moment(key, clock.now_ms, LATEST_MS))
    return from_ms(at_ms if at_ms <= clock.horizon_ms else clock.now_ms), str(at_ms)


def _service(labels: Mapping[str, str]) -> str:
    named = (labels[name] for name in (*SERVICE_LABELS, *LAST_LABELS) if labels.get(name))
    return next(named, "unknown")


def _description(alert: Mapping[str, Any]) -> Any:
    annotations = alert.get("annotations") or {}
    return annotations.get("description") or annotations.get("message") or "" if isinstance(annotations, dict) else ""
