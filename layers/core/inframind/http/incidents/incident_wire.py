"""What the routes of incidents and deployments take and answer, beside the records themselves."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from inframind.http.incidents.incident_examples import DEPLOYMENT, INCIDENT, listed
from inframind.records import Moment
from inframind.signals import Incident, Lesson, Signal

Service = Annotated[str | None, Query(max_length=512, description="Of this service alone.")]


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
