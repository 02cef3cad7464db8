"""A notice as a PagerDuty event (Events API v2): trigger, acknowledge and resolve on one `dedup_key`."""

from typing import Any, Literal

from inframind.identity import content_id
from inframind.notification import wording
from inframind.notification.notices import Notice
from inframind.records import rfc3339
from inframind.signals import IncidentSeverity

DEDUP, SUMMARY, SOURCE, LINE = 255, 1_024, 255, 1_000
SEVERITIES: dict[IncidentSeverity, Literal["critical", "error", "warning", "info"]] = {
    "critical": "critical",
    "high": "error",
    "medium": "warning",
    "low": "info",
}


def event(notice: Notice, routing_key: str, link: str | None = None) -> dict[str, Any]:
    """The body for `/v2/enqueue`."""
    action = _action(notice)
    made: dict[str, Any] = {
        "routing_key": routing_key,
        "event_action": action,
        "dedup_key": dedup_key(notice.incident.id),
    }
    if action != "trigger":
        return made
    made |= {"client": "InfraMind", "payload": _payload(notice)}
    return made | ({"client_url": link, "links": [{"href": link, "text": "The incident"}]} if link else {})


def dedup_key(incident_id: str) -> str:
    """The key under which PagerDuty keeps one alert for the incident.

    >>> dedup_key("7f3a")
    'inframind/7f3a'
    """
    key = f"inframind/{incident_id}"
    return key if len(key) <= DEDUP else f"inframind/{content_id([incident_id.encode()])}"


def _action(notice: Notice) -> Literal["trigger", "acknowledge", "resolve"]:
    if wording.is_over(notice):
        return "resolve"
    return "acknowledge" if notice.event == "acknowledged" else "trigger"


def _payload(notice: Notice) -> dict[str, Any]:
    incident = notice.incident
    details = {name: wording.clip(text, LINE) for name, text in wording.facts(incident).items()}
    details |= {part.title: wording.clip("\n".join(part.lines), 4 * LINE) for part in wording.parts(notice)}
    return {
        "summary": wording.clip(wording.headline(notice), SUMMARY),
        "source": wording.clip(wording.clean(", ".join(incident.services)) or "inframind", SOURCE),
        "severity": SEVERITIES[incident.severity],
        "timestamp": rfc3339(incident.opened_at),
        "group": wording.clip(incident.services[0] if incident.services else "inframind", SOURCE),
        "custom_details": details,
    }
