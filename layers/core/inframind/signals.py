"""The nouns of incidents: a signal that something may be wrong, and the incident that signals become."""

from typing import Any, Literal

from pydantic import Field

from inframind.records import Moment, Record

SignalKind = Literal["anomaly", "risk", "alert", "log_spike", "new_error_template", "deployment"]
IncidentSeverity = Literal["low", "medium", "high", "critical"]
IncidentStatus = Literal["open", "acknowledged", "resolved", "merged"]
Risk = Literal["low", "medium", "high"]


class Signal(Record):
    """One sign of trouble (or, of kind `deployment`, of change) at one service.

    `id` is derived from content, so a redelivered signal is the same; `fingerprint` names the condition, so that a
    signal that fires, flaps and resolves stays one condition.
    """

    id: str
    fingerprint: str
    kind: SignalKind
    status: Literal["firing", "resolved"] = "firing"
    service: str
    severity: IncidentSeverity
    observed_at: Moment
    title: str
    detail: str = ""
    labels: dict[str, str] = Field(default_factory=dict)
    evidence: dict[str, Any] = Field(default_factory=dict)

    def sent_by(self, sender: str) -> "Signal":
        """The signal, with the access key that it came with among its evidence."""
        return self.model_copy(update={"evidence": self.evidence | ({"sender": sender} if sender else {})})


class SuspectedCause(Record):
    """A probable cause with its score in 0..1, the reason in words, and the ids of the signals that speak for it."""

    subject: str
    kind: Literal["deployment", "service", "log", "metric"]
    score: float
    reason: str
    evidence_ids: tuple[str, ...]


class Action(Record):
    """Something a person may do about it; `evidence_ids` are signals of the incident that speak for it."""

    action: str
    reasoning: str
    risk: Risk
    priority: int
    evidence_ids: tuple[str, ...] = ()


class RootCause(Record):
    """What an analysis takes for the cause; `confidence` in percent, `evidence_ids` are signals of the incident."""

    description: str
    confidence: int = Field(ge=0, le=100)
    reasoning: str
    evidence_ids: tuple[str, ...] = ()


class Analysis(Record):
    """The analysis of an incident, by rules or by a language model, in one form.

    `analyst` is `rules`, or the provider and the model, such as `ollama/llama3.2:3b`.
    """

    root_cause: RootCause
    recommended_actions: tuple[Action, ...]
    severity: IncidentSeverity
    estimated_customer_impact: str
    impact_evidence_ids: tuple[str, ...] = ()
    analyst: str = "rules"


class Lesson(Record):
    """What a person says an incident was: whether the cause that was named is right, which it was, what helped."""

    cause_was_right: bool | None = None
    cause: str = ""
    helped: str = ""


class PastIncident(Record):
    """Something like it that happened before: its cause, what helped, how alike the two are (0 to 1) and in what."""

    knowledge_id: str
    incident_id: str | None = None
    title: str
    at: Moment
    score: float
    shared: tuple[str, ...]
    cause: str
    helped: str


class Measurement(Record):
    """What stored metrics say of a service: its part of the trouble, 0 to 1, and in words why."""

    id: str
    service: str
    score: float
    words: str


class TimelineEntry(Record):
    """One thing that happened, in order of time."""

    at: Moment
    kind: str
    text: str
    signal_id: str | None = None


class Incident(Record):
    """One incident: what belongs together, since when, how bad, and why."""

    id: str
    title: str
    status: IncidentStatus
    severity: IncidentSeverity
    services: tuple[str, ...]
    opened_at: Moment
    changed_at: Moment
    resolved_at: Moment | None = None
    signal_count: int
    signals: tuple[Signal, ...]
    timeline: tuple[TimelineEntry, ...]
    suspects: tuple[SuspectedCause, ...] = ()
    analysis: Analysis | None = None
    acknowledged_by: str | None = None
    acknowledged_until: Moment | None = None
    merged_into: str | None = None
    feedback: str | None = None
    lesson: Lesson | None = None
    similar: tuple[PastIncident, ...] = ()
    measurements: tuple[Measurement, ...] = ()
