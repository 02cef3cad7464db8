"""Deployments and alerts as the API document describes them; the door reads them without models (see `notices`)."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from inframind.ingestion.signal_fields import NAME_CHARS
from inframind.ingestion.wire import Fault, Timestamp

DEPLOYMENT: dict[str, Any] = {
    "timestamp": "2025-12-28T09:55:00Z",
    "service": "auth-api",
    "version": "v2.1.0",
    "status": "success",
    "metadata": {"commit": "abc123", "deployed_by": "ci-cd"},
}
WEBHOOK: dict[str, Any] = {
    "version": "4",
    "status": "firing",
    "receiver": "inframind",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "HighLatency", "service": "auth-api", "severity": "critical"},
            "annotations": {"summary": "auth-api answers slowly"},
            "startsAt": "2025-12-28T10:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus:9090/graph",
            "fingerprint": "c1a0e9b3d1f04a52",
        }
    ],
}
RECORDED: dict[str, Any] = {
    "message": "Deployment recorded",
    "id": "9c1f8e1b0a3d4c5e8f7a6b5c4d3e2f10",
    "service": "auth-api",
    "version": "v2.1.0",
}
TAKEN: dict[str, Any] = {"message": "Alerts taken", "accepted": 1, "errors": []}

Name = Annotated[str, Field(min_length=1, max_length=NAME_CHARS)]


class DeploymentEvent(BaseModel):
    """A version of a service that went live, or tried to."""

    model_config = ConfigDict(json_schema_extra={"examples": [DEPLOYMENT]})

    timestamp: Timestamp = None
    service: Name
    version: Name
    status: Name = "success"
    metadata: dict[str, Any] = Field(default_factory=dict)


class DeploymentRecorded(BaseModel):
    """The deployment was taken; the same one sent again has the same id."""

    model_config = ConfigDict(json_schema_extra={"examples": [RECORDED]})

    message: str
    id: str
    service: str
    version: str


class Alert(BaseModel):
    """One alert of Alertmanager."""

    status: Literal["firing", "resolved"]
    labels: dict[str, str]
    annotations: dict[str, str] = Field(default_factory=dict)
    startsAt: Timestamp = None  # noqa: N815, Alertmanager's names
    endsAt: Timestamp = None  # noqa: N815
    generatorURL: str = ""  # noqa: N815
    fingerprint: str = ""


class AlertmanagerWebhook(BaseModel):
    """Alertmanager's webhook, version 4; what it says beside the alerts is not looked at."""

    model_config = ConfigDict(json_schema_extra={"examples": [WEBHOOK]})

    version: Literal["4"]
    alerts: list[Alert]


class AlertsTaken(BaseModel):
    """How many alerts were taken; the faults of the others."""

    model_config = ConfigDict(json_schema_extra={"examples": [TAKEN]})

    message: str
    accepted: int
    errors: list[Fault]
