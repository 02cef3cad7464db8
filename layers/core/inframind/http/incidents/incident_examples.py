"""Incidents and deployments as the OpenAPI document shows them, and what people send about them."""

from typing import Any

INCIDENT: dict[str, Any] = {
    "id": "8c5d0f3e2a7b9146",
    "title": "api_latency_ms of auth-api: 1500, where 108 was expected",
    "status": "open",
    "severity": "critical",
    "services": ["auth-api"],
    "opened_at": "2025-12-28T10:03:00Z",
    "changed_at": "2025-12-28T10:03:02Z",
    "resolved_at": None,
    "signal_count": 1,
    "signals": [
        {
            "id": "1f7a0c9be2d34a58",
            "fingerprint": "77b0a9c1d2e3f405",
            "kind": "anomaly",
            "status": "firing",
            "service": "auth-api",
            "severity": "critical",
            "observed_at": "2025-12-28T10:03:00Z",
            "title": "api_latency_ms of auth-api: 1500, where 108 was expected",
            "detail": "",
            "labels": {"environment": "production"},
            "evidence": {"z_score": 242.29},
        }
    ],
    "timeline": [
        {
            "at": "2025-12-28T10:03:00Z",
            "kind": "anomaly",
            "text": "api_latency_ms of auth-api: 1500, where 108 was expected",
            "signal_id": "1f7a0c9be2d34a58",
        }
    ],
    "suspects": [
        {
            "subject": "auth-api",
            "kind": "deployment",
            "score": 0.83,
            "reason": "v2.1.0 of auth-api was deployed 8 min before api_latency_ms of auth-api: 1500",
            "evidence_ids": ["9c1f8e1b0a3d4c5e", "1f7a0c9be2d34a58"],
        }
    ],
    "analysis": {
        "root_cause": {
            "description": "The deployment of auth-api",
            "confidence": 83,
            "reasoning": "v2.1.0 of auth-api was deployed 8 min before api_latency_ms of auth-api: 1500.",
            "evidence_ids": ["9c1f8e1b0a3d4c5e", "1f7a0c9be2d34a58"],
        },
        "recommended_actions": [
            {
                "action": "rollback deployment",
                "reasoning": "Roll back auth-api: v2.1.0 was deployed 8 min before.",
                "risk": "low",
                "priority": 1,
                "evidence_ids": ["9c1f8e1b0a3d4c5e", "1f7a0c9be2d34a58"],
            }
        ],
        "severity": "critical",
        "estimated_customer_impact": "Severe: users of auth-api are most likely affected now.",
        "impact_evidence_ids": ["9c1f8e1b0a3d4c5e", "1f7a0c9be2d34a58"],
        "analyst": "rules",
    },
    "acknowledged_by": None,
    "acknowledged_until": None,
    "merged_into": None,
    "feedback": None,
    "lesson": None,
    "similar": [
        {
            "knowledge_id": "5e0b7a9c1f8e1b0a",
            "incident_id": "5e0b7a9c1f8e1b0a",
            "title": "api_latency_ms of auth-api: 900, where 110 was expected",
            "at": "2025-11-02T17:40:00Z",
            "score": 0.82,
            "shared": ["metric api_latency_ms", "service auth-api", "deployment"],
            "cause": "v1.9.0 halved the pool of connections",
            "helped": "Rolled back to v1.8.4",
        }
    ],
}
DEPLOYMENT: dict[str, Any] = {
    "id": "9c1f8e1b0a3d4c5e",
    "timestamp": "2025-12-28T09:55:00Z",
    "service": "auth-api",
    "version": "v2.1.0",
    "status": "success",
    "metadata": {"commit": "abc123", "deployed_by": "ci-cd"},
}
ACKNOWLEDGEMENT = {"minutes": 60}
MERGER = {"incident_ids": ["2b7e151628aed2a6"]}
FEEDBACK = {"feedback": "The pool of database connections was halved by v2.1.0. Rolling back helped."}
LESSON = {"cause_was_right": True, "cause": "v2.1.0 halved the pool of connections", "helped": "Rolled back to v2.0.9"}


def listed(incident: dict[str, Any]) -> dict[str, Any]:
    """An incident as the list shows it."""
    return incident | {"signals": [], "timeline": []}
