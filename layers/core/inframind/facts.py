"""What has happened: past tense, announced on the bus once the world already holds it."""

from typing import ClassVar

from inframind.records import Anomaly, Moment, Record, RiskLevel
from inframind.signals import Incident


class Fact(Record):
    """Something that happened. `id` is derived from content, so listeners can drop repeats."""

    source: ClassVar[str]
    id: str
    occurred_at: Moment


class AnomalyFound(Fact):
    """A series left its expected range."""

    source: ClassVar[str] = "inframind.detection"
    anomaly: Anomaly


class RiskRaised(Fact):
    """A resource's risk level rose."""

    source: ClassVar[str] = "inframind.risk"
    resource_id: str
    level: RiskLevel
    previous_level: RiskLevel
    risk_score: float
    explanation: str


class IncidentOpened(Fact):
    """Signals became an incident."""

    source: ClassVar[str] = "inframind.incidents"
    incident: Incident


class IncidentChanged(Fact):
    """An incident grew, rose, was acknowledged, merged or analysed; `reason` says which, in one word."""

    source: ClassVar[str] = "inframind.incidents"
    incident: Incident
    reason: str


class IncidentResolved(Fact):
    """An incident is over."""

    source: ClassVar[str] = "inframind.incidents"
    incident: Incident


class ModelDrifted(Fact):
    """The optimizer's serving model is off by more than it was when it was promoted; errors are of log durations."""

    source: ClassVar[str] = "inframind.optimization"
    model_version: str
    builds: int
    error: float
    expected_error: float
    explanation: str
