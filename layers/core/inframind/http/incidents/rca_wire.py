"""What the routes of root causes take and answer, beside the records themselves."""

import sys
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import to_json

from inframind.http.incidents.rca_examples import ENTRY, FINDING, ISSUE, QUEUED, REMEDY
from inframind.http.paging import Moment as When
from inframind.identity import content_id
from inframind.incidents.analyst.remedies import Remedy
from inframind.incidents.knowledge.entries import Knowledge
from inframind.incidents.knowledge.similarity import Found
from inframind.incidents.knowledge.traits import bounded, template
from inframind.records import Moment
from inframind.signals import (
    Analysis,
    Incident,
    IncidentSeverity,
    IncidentStatus,
    PastIncident,
    RootCause,
    Signal,
    SignalKind,
    SuspectedCause,
)

Name = Annotated[str, Field(min_length=1, max_length=512)]
Text = Annotated[str, Field(max_length=2_000)]
LARGEST = sys.float_info.max  # an integer can be larger, and is then no measurement


def _readable(evidence: dict[str, Any]) -> dict[str, Any]:
    try:
        to_json(evidence)
    except ValueError as error:
        raise ValueError("must not be nested so deeply") from error
    if any(isinstance(one, int) and not -LARGEST <= one <= LARGEST for one in evidence.values()):
        raise ValueError("must hold no number of so many digits")
    return evidence


Evidence = Annotated[dict[str, Any], Field(max_length=24), AfterValidator(_readable)]


class SignalGiven(BaseModel):
    """A sign of trouble, or a deployment, as a caller tells of it."""

    kind: SignalKind
    service: Name
    severity: IncidentSeverity = "medium"
    observed_at: When
    title: Annotated[str, Field(min_length=1, max_length=500)]
    detail: Text = ""
    labels: Annotated[dict[str, str], Field(max_length=24)] = {}
    evidence: Evidence = {}

    def signal(self) -> Signal:
        """The signal, whose id follows from its content."""
        parts = (self.kind, self.service, self.observed_at.isoformat(), self.title)
        name = content_id((part.encode(errors="replace") for part in parts), size=8)
        return Signal(id=name, fingerprint=name, **dict(self))


class AnalysisWanted(BaseModel):
    """What is to be analysed: an incident, or signals, or what was found at a resource within a time."""

    incident_id: Name | None = None
    signals: Annotated[list[SignalGiven] | None, Field(min_length=1, max_length=100)] = None
    resource_id: Name | None = None
    start: When | None = None
    end: When | None = None
    analyst: Annotated[
        Literal["rules", "model"],
        Field(description="`rules` answer at once; `model` asks the language model for an incident, which takes time."),
    ] = "rules"

    @model_validator(mode="after")
    def _one_thing(self) -> "AnalysisWanted":
        if sum(one is not None for one in (self.incident_id, self.signals, self.resource_id)) != 1:
            raise ValueError("name one of incident_id, signals and resource_id")
        if self.analyst == "model" and self.incident_id is None:
            raise ValueError("a model analyses incidents alone: name incident_id")
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise ValueError("start must lie before end")
        return self


class Finding(BaseModel):
    """Who is suspected, the analysis, and what is like it."""

    model_config = ConfigDict(json_schema_extra={"examples": [FINDING]})

    incident_id: str | None = Field(description="Null for signals and resources, which are no incident.")
    signal_count: int
    suspects: list[SuspectedCause]
    analysis: Analysis
    similar: list[PastIncident]


class Queued(BaseModel):
    """An analysis that takes time, and where it will be."""

    model_config = ConfigDict(json_schema_extra={"examples": [QUEUED]})

    incident_id: str
    status: Literal["queued"] = "queued"
    poll: str


class Issue(BaseModel):
    """An open problem with its probable cause."""

    incident_id: str
    title: str
    status: IncidentStatus
    severity: IncidentSeverity
    services: list[str]
    opened_at: Moment
    signal_count: int
    cause: RootCause | None
    analyst: str | None
    suspects: list[SuspectedCause]
    similar: list[PastIncident]

    @classmethod
    def of(cls, incident: Incident) -> "Issue":
        """The problem that an incident is."""
        analysis = incident.analysis
        return cls(
            incident_id=incident.id,
            cause=analysis.root_cause if analysis else None,
            analyst=analysis.analyst if analysis else None,
            **incident.model_dump(include={"title", "status", "severity", "opened_at", "signal_count"}),
            services=list(incident.services),
            suspects=list(incident.suspects),
            similar=list(incident.similar),
        )


class IssuePage(BaseModel):
    """Open problems, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [ISSUE], "total": 1}]})

    items: list[Issue]
    total: int = Field(description="How many there are.")


class Remedies(BaseModel):
    """What may help, the one that most speaks for first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [REMEDY]}]})

    items: list[Remedy]


class KnowledgeWanted(BaseModel):
    """Something learnt, as a person tells of it."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=500)]
    cause: Annotated[str, Field(min_length=1, max_length=2_000)]
    helped: Text = ""
    notes: Text = ""
    services: Annotated[list[Name], Field(max_length=20)] = []
    metrics: Annotated[list[Name], Field(max_length=20, description="Metrics that leave their range in it.")] = []
    alerts: Annotated[list[Name], Field(max_length=20, description="Names of alerts that fire in it.")] = []
    templates: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=500)]],
        Field(max_length=20, description="Log lines that come with it; numbers and ids in them do not matter."),
    ] = []
    after_deployment: Annotated[bool, Field(description="Whether it follows a deployment.")] = False

    def entry(self, caller: str, name: str, at: datetime) -> Knowledge:
        """The entry as it is kept."""
        found = [f"service {one}" for one in self.services] + [f"metric {one}" for one in self.metrics]
        found += [f"alert {one}" for one in self.alerts] + [f"template {template(one)}" for one in self.templates]
        if self.after_deployment:
            found += ["deployment", *(f"deployed {one}" for one in self.services)]
        return Knowledge(
            id=name,
            source="person",
            at=at,
            services=tuple(self.services),
            traits=bounded(found),
            created_by=caller,
            **self.model_dump(include={"title", "cause", "helped", "notes"}),
        )


class KnowledgeFound(Knowledge):
    """An entry; where it was looked for, how alike it is and in what."""

    score: float | None = None
    shared: tuple[str, ...] = ()

    @classmethod
    def of(cls, found: Found) -> "KnowledgeFound":
        """An entry that was found."""
        return cls(**dict(found.entry), score=found.score, shared=found.shared)


class KnowledgePage(BaseModel):
    """What was learnt: newest first, or what is looked for most alike first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [ENTRY], "cursor": None}]})

    items: list[KnowledgeFound]
    cursor: str | None = Field(description="Where the next page starts; null on the last, and where it was looked for.")
