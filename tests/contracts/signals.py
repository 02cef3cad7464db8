"""Signals for tests of whatever keeps or carries them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from inframind.identity import content_id
from inframind.signals import Signal

TEN = datetime(2026, 1, 11, 10, tzinfo=UTC)


def signal(fingerprint: str, *, minute: float = 0.0, service: str = "auth-api", **fields: Any) -> Signal:
    """A medium anomaly of `service`, so many minutes after ten; its id follows from its content."""
    at = TEN + timedelta(minutes=minute)
    status = fields.get("status", "firing")
    given = {"kind": "anomaly", "severity": "medium", "title": f"{fingerprint} of {service}"} | fields
    name = content_id(part.encode() for part in (fingerprint, service, at.isoformat(), status))
    return Signal(id=name, fingerprint=fingerprint, service=service, observed_at=at, **given)
