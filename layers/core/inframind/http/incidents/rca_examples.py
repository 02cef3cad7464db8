"""What the routes of root causes take and answer, as examples."""

from typing import Any

from inframind.http.incidents.incident_examples import INCIDENT

WANTED = {"incident_id": INCIDENT["id"]}
SIGNALS = {
    "signals": [
        {
            "kind": "deployment",
            "service": "auth-api",
            "observed_at": "2025-12-28T09:55:00Z",
            "title": "v2.1.0 of auth-api was deployed",
            "evidence": {"version": "v2.1.0"},
        },
        {
            "kind": "anomaly",
            "service": "auth-api",
            "severity": "critical",
            "observed_at": "2025-12-28T10:03:00Z",
            "title": "api_latency_ms of auth-api: 1500, where 108 was expected",
            "evidence": {"metric_name": "api_latency_ms", "z_score": 242.29},
        },
    ]
}
WINDOW = {"resource_id": "auth-api", "start": "2025-12-28T09:30:00Z", "end": "2025-12-28T10:30:00Z"}
FINDING: dict[str, Any] = {
    "incident_id": INCIDENT["id"],
    "signal_count": 2,
    "suspects": INCIDENT["suspects"],
    "analysis": INCIDENT["analysis"],
    "similar": INCIDENT["similar"],
}
QUEUED = {"incident_id": INCIDENT["id"], "status": "queued", "poll": f"/api/v1/incidents/{INCIDENT['id']}"}
ISSUE: dict[str, Any] = {
    "incident_id": INCIDENT["id"],
    "title": INCIDENT["title"],
    "status": "open",
    "severity": "critical",
    "services": ["auth-api"],
    "opened_at": "2025-12-28T10:03:00Z",
    "signal_count": 2,
    "cause": INCIDENT["analysis"]["root_cause"],
    "analyst": "rules",
    "suspects": INCIDENT["suspects"],
    "similar": INCIDENT["similar"],
}
REMEDY: dict[str, Any] = {
    "action": "Rolled back to v1.8.4",
    "reasoning": "It helped with api_latency_ms of auth-api: 900, where 110 was expected at 2025-11-02T17:40:00Z, "
    "caused by v1.9.0 halved the pool of connections",
    "risk": "low",
    "priority": 1,
    "source": "memory",
    "evidence_ids": [],
    "knowledge_id": "5e0b7a9c1f8e1b0a",
    "score": 0.82,
}
LEARNT: dict[str, Any] = {
    "title": "Logins slow after a release",
    "cause": "The release halved the pool of database connections",
    "helped": "Rolled back",
    "services": ["auth-api"],
    "metrics": ["api_latency_ms"],
    "alerts": [],
    "templates": ["Database timeout after 30000 ms"],
    "after_deployment": True,
}
ENTRY: dict[str, Any] = {
    "id": "0a55f291c3de",
    "source": "person",
    "incident_id": None,
    "title": LEARNT["title"],
    "at": "2026-01-11T10:30:00Z",
    "services": ["auth-api"],
    "cause": LEARNT["cause"],
    "cause_was_right": None,
    "helped": "Rolled back",
    "notes": "",
    "traits": [
        "deployed auth-api",
        "deployment",
        "metric api_latency_ms",
        "service auth-api",
        "template Database timeout after <*> ms",
    ],
    "created_by": "0123456789ab",
}
