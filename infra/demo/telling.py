"""What the demonstration prints of what was found: false alarms are called so."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

Anomaly = dict[str, Any]
Planted = frozenset[tuple[str, str]]
SEVERITIES = ("medium", "high", "critical")


def series(anomaly: Anomaly) -> tuple[str, str]:
    """Resource and metric."""
    return anomaly["resource_id"], anomaly["metric_name"]


def quiet_hours(found: Sequence[Anomaly], fault_at: datetime) -> list[str]:
    """What was announced before there was anything to announce: how much of it, and the loudest.

    >>> one = {"detected_at": "2026-01-11T10:00:00Z", "severity": "high", "resource_id": "web-1", "z_score": 3.2,
    ...        "metric_name": "rps", "explanation": "rps of web-1 jumped up."}
    >>> quiet_hours([one], datetime.fromisoformat("2026-01-11T11:00:00Z"))[0]
    'Before the fault: 1 false alarm (1 high).'
    >>> quiet_hours([], datetime.fromisoformat("2026-01-11T11:00:00Z"))
    ['Before the fault: no false alarm.']
    """
    early = [one for one in found if _seconds_after(one, fault_at) < 0]
    if not early:
        return ["Before the fault: no false alarm."]
    counted = Counter(one["severity"] for one in early)
    shares = ", ".join(f"{counted[severity]} {severity}" for severity in SEVERITIES if counted[severity])
    head = f"Before the fault: {len(early)} false alarm{'s' * (len(early) > 1)} ({shares})."
    if len(early) == 1:
        return [head, *_entry(early[0], "")]
    loudest = max(early, key=lambda one: (SEVERITIES.index(one["severity"]), abs(one["z_score"])))
    return [head + " The loudest:", *_entry(loudest, "")]


def from_fault_on(found: Sequence[Anomaly], fault_at: datetime, planted: Planted) -> list[str]:
    """Everything announced since the fault, in order of time; what was not planted is a false alarm."""
    late = [one for one in found if _seconds_after(one, fault_at) >= 0]
    lines = [f"From the fault on: {len(late)} found."]
    for one in sorted(late, key=lambda one: (_seconds_after(one, fault_at), series(one))):
        lines += _entry(one, _when(one, fault_at) if series(one) in planted else "a false alarm")
    return lines


def missed(found: Sequence[Anomaly], fault_at: datetime, planted: Planted) -> list[tuple[str, str]]:
    """The planted series that nothing was announced of since the fault."""
    return sorted(planted - {series(one) for one in found if _seconds_after(one, fault_at) >= 0})


def look_further(url: str, key: str, service: str) -> list[str]:
    """What to ask next, as commands that can be pasted.

    >>> print(*look_further("http://localhost:8080", "im_1_a", "auth-api")[:2], sep="\\n")
    Look further:
      curl -s -H "X-API-Key: im_1_a" "http://localhost:8080/api/v1/incidents?service=auth-api" | python3 -m json.tool
    """
    asked = (f"incidents?service={service}", "anomalies?limit=5", "logs/templates")
    curls = [f'  curl -s -H "X-API-Key: {key}" "{url}/api/v1/{path}" | python3 -m json.tool' for path in asked]
    return [
        "Look further:",
        *curls,
        f"  {url}/docs",
        "  make seed-demo    # CI builds, and what the next one should run with",
        "The fleet sends no more: within ten minutes the platform tells that its series have stopped arriving.",
    ]


def _when(anomaly: Anomaly, fault_at: datetime) -> str:
    seconds = _seconds_after(anomaly, fault_at)
    return f"{seconds:.0f} s after the fault" if seconds else "at the first sample of the fault"


def _entry(anomaly: Anomaly, note: str) -> list[str]:
    resource, metric = series(anomaly)
    return [
        f"  {anomaly['severity']:<8} {resource:<13} {metric:<12} {note}".rstrip(),
        f"           {anomaly['explanation']}",
    ]


def _seconds_after(anomaly: Anomaly, fault_at: datetime) -> float:
    return (datetime.fromisoformat(anomaly["detected_at"]) - fault_at).total_seconds()
