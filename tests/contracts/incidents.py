"""Incidents for tests of whatever keeps or tells of them."""

from datetime import timedelta
from typing import Any

from inframind.records import to_ms
from inframind.signals import Incident, TimelineEntry
from tests.contracts.signals import TEN, signal


def incident(name: str, *, minute: float = 0.0, **fields: Any) -> Incident:
    """An open incident of auth-api with one signal, opened so many minutes after ten."""
    at = TEN + timedelta(minutes=minute)
    sign = signal(f"latency {name}", minute=minute)
    given: dict[str, Any] = {
        "title": "latency of auth-api",
        "status": "open",
        "severity": "critical",
        "services": ("auth-api",),
        "opened_at": at,
        "changed_at": at,
        "signal_count": 1,
        "signals": (sign,),
        "timeline": (TimelineEntry(at=at, kind="anomaly", text=sign.title, signal_id=sign.id),),
    }
    return Incident.model_validate({"id": name} | given | fields)


TEN_MS = to_ms(TEN)
