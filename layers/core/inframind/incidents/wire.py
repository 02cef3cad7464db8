"""What the incidents API takes and answers, beside the records themselves."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from inframind.records import Moment
from inframind.signals import Incident, Lesson, Signal

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


class IncidentPage(BaseModel):
    """Incidents, newest first, without signals and time lines."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [listed(INCIDENT)], "cursor": None}]})

    items: list[Incident]
    cursor: str | None = Field(description="Where the next page starts; null on the last.")


class Acknowledgement(BaseModel):
    """For how long somebody is at it; then it is open again."""

    minutes: Annotated[int, Field(ge=1, le=10_080, description="At most a week.")] = 60


class Merger(BaseModel):
    """The incidents that become part of this one."""

    incident_ids: Annotated[list[str], Field(min_length=1, max_length=20)]


class IncidentFeedback(BaseModel):
    """What it was, and what helped: in words, in fields, or both. Once it is over, it is remembered."""

    feedback: Annotated[str, Field(max_length=2_000, description="In words.")] = ""
    cause_was_right: Annotated[bool | None, Field(description="Whether the cause that was named is right.")] = None
    cause: Annotated[str, Field(max_length=2_000, description="What the cause was, if another.")] = ""
    helped: Annotated[str, Field(max_length=2_000, description="What helped.")] = ""

    @model_validator(mode="after")
    def _says_something(self) -> "IncidentFeedback":
        if self.said == (None, None):
            raise ValueError("must say something: feedback, cause_was_right, cause or helped")
        return self

    @property
    def said(self) -> tuple[str | None, Lesson | None]:
        """The words and the lesson, as far as there are any."""
        lesson = Lesson(cause_was_right=self.cause_was_right, cause=self.cause.strip(), helped=self.helped.strip())
        return self.feedback.strip() or None, None if lesson == Lesson() else lesson


class Deployment(BaseModel):
    """A deployment as it was told of."""

    id: str
    timestamp: Moment
    service: str
    version: str
    status: str
    metadata: dict[str, str]

    @classmethod
    def of(cls, signal: Signal) -> "Deployment":
        """The deployment that a signal tells of."""
        at: datetime = signal.observed_at
        version, status = str(signal.evidence.get("version", "")), str(signal.evidence.get("status", ""))
        return cls(
            id=signal.id, timestamp=at, service=signal.service, version=version, status=status, metadata=signal.labels
        )


class DeploymentPage(BaseModel):
    """Deployments, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [DEPLOYMENT], "cursor": None}]})

    items: list[Deployment]
    cursor: str | None = Field(description="Where the next page starts; null on the last.")
