"""Anomalies for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from inframind.identity import content_id
from inframind.records import Anomaly, Severity

NOON = datetime(2026, 1, 11, 12, tzinfo=UTC)


def anomaly(minute: int = 0, resource: str = "web-1", **changed: Any) -> Anomaly:
    """An anomaly of cpu_usage, found some minutes after noon."""
    fields: dict[str, Any] = {
        "id": content_id((resource.encode(), str(minute).encode())),
        "resource_id": resource,
        "metric_name": "cpu_usage",
        "detected_at": NOON + timedelta(minutes=minute),
        "current_value": 95.0,
        "baseline_mean": 47.5,
        "baseline_std_dev": 2.8,
        "band_low": 39.1,
        "band_high": 55.9,
        "z_score": 17.0,
        "deviation_percent": 100.0,
        "score": 4.2,
        "severity": Severity.CRITICAL,
        "direction": "up",
        "kind": "spike",
        "explanation": "cpu_usage of web-1 jumped up.",
        "algorithm": "bank_v1",
    }
    return Anomaly(**fields | changed)
