"""The nouns that rooms share: frozen, validated, JSON-ready."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer

from inframind.names import KEPT


def rfc3339(moment: datetime) -> str:
    """UTC as RFC 3339 with a `Z`, with milliseconds only where there are any; shorter times are cut off.

    A moment that was written and read again is written the same.

    >>> rfc3339(datetime(2026, 1, 11, 10, 30, tzinfo=UTC)), rfc3339(datetime(2026, 1, 11, 10, 30, 0, 999, tzinfo=UTC))
    ('2026-01-11T10:30:00Z', '2026-01-11T10:30:00Z')
    """
    moment = moment.astimezone(UTC)
    spec = "milliseconds" if moment.microsecond >= 1000 else "seconds"
    return moment.isoformat(timespec=spec).replace("+00:00", "Z")


def from_ms(epoch_ms: int) -> datetime:
    """The aware UTC moment of an epoch in milliseconds."""
    return datetime.fromtimestamp(epoch_ms / 1000, UTC)


def to_ms(moment: datetime) -> int:
    """Epoch milliseconds of an aware moment."""
    return round(moment.timestamp() * 1000)


def in_utc(moment: datetime) -> datetime:
    """The aware moment in UTC; raises `ValueError` where that is no year of the calendar.

    >>> in_utc(datetime.fromisoformat("2026-01-11T12:30:00+02:00")).isoformat()
    '2026-01-11T10:30:00+00:00'
    """
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("must lie in the years 1 to 9999, in UTC as well") from error


GivenMoment = Annotated[AwareDatetime, AfterValidator(in_utc)]
Moment = Annotated[datetime, PlainSerializer(rfc3339, return_type=str, when_used="json")]


class Record(BaseModel):
    """A frozen record that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @classmethod
    def read(cls, text: str | bytes) -> Self:
        """The record that was kept as this JSON; what only a later version of it knows is passed over.

        So an older version that still runs, or is deployed again, goes on with what a newer one has left.
        """
        return cls.model_validate_json(text, extra="ignore", context=KEPT)


class Role(StrEnum):
    """What a key may do; each role includes the ones before it, except that `ingest` only sends."""

    INGEST = "ingest"
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class AccessKey(Record):
    """An access key as kept: everything but the secret."""

    id: str
    name: str
    role: Role
    salt: str
    digest: str
    created_at: Moment
    expires_at: Moment | None = None
    revoked_at: Moment | None = None
    rotated_from: str | None = None
    rotated_to: str | None = Field(None, exclude_if=lambda key_id: key_id is None)  # older records have no such field
    first: str | None = Field(None, exclude_if=lambda key_id: key_id is None)  # of the keys before it, in rotations

    @property
    def holder(self) -> str:
        """Names whoever holds the key, the same however often it is rotated: the id of the first."""
        return self.first or self.rotated_from or self.id


KeyAction = Literal["key.created", "key.rotated", "key.revoked"]
NoticeAction = Literal[
    "channel.created",
    "channel.changed",
    "channel.deleted",
    "escalation.created",
    "escalation.changed",
    "escalation.deleted",
    "silence.created",
    "silence.changed",
    "silence.deleted",
]
CallAction = Literal["call.declared", "call.denied", "call.forgotten"]
DetectorAction = Literal["detector.created", "detector.changed", "detector.deleted"]


class AuditRecord(Record):
    """One change of who may do what, what is detected, who is told of what, or who is said to call whom."""

    at: Moment
    actor: str
    action: KeyAction | NoticeAction | CallAction | DetectorAction
    key_id: str | None = Field(None, exclude_if=lambda key_id: key_id is None)
    subject: str | None = Field(
        None, description="Id of what was changed, if that is no key.", exclude_if=lambda subject: subject is None
    )
    detail: str


class KeyChange(Record):
    """One change of the access keys and the record of it: a key made, a key replaced (before, after), or both."""

    record: AuditRecord
    created: AccessKey | None = None
    replaced: tuple[AccessKey, AccessKey] | None = None


class Severity(StrEnum):
    """How far from expected, in standard deviations: medium above 2.5, high above 3, critical above 4."""

    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


AnomalyPhase = Literal["open", "cleared"]
ANOMALY_KINDS = {
    "spike": "a value far above",
    "dip": "a value far below",
    "new_high": "higher than ever seen",
    "new_low": "lower than ever seen",
    "level_up": "a shift to a higher level",
    "level_down": "a shift to a lower level",
    "variance": "varies unlike before",
    "flatline": "has stopped moving",
    "drift_up": "slowly upwards",
    "drift_down": "slowly downwards",
    "absent": "has stopped arriving; the numbers are seconds without a sample",
}
KIND_WORDS = "What sort of departure it is. " + "; ".join(f"`{kind}`: {words}" for kind, words in ANOMALY_KINDS.items())


class Contributor(Record):
    """A series of a resource, and its share of what was unusual about the resource, 0 to 1."""

    metric_name: str
    labels: dict[str, str] = Field(default_factory=dict)
    share: float


class Feedback(Record):
    """What a person said of an anomaly: whether it was one, who, when."""

    verdict: Literal["normal", "anomaly"]
    comment: str = ""
    by: str = Field(description="Id of the key that it was given with.")
    at: Moment


class Anomaly(Record):
    """One anomaly of one series, from the sample that opened it until it clears.

    `id` is derived from the series and the opening sample, so a redelivered batch finds the same anomaly again.
    """

    id: str
    resource_id: str
    metric_name: str
    labels: dict[str, str] = Field(default_factory=dict)
    detected_at: Moment
    current_value: float
    baseline_mean: float
    baseline_std_dev: float
    band_low: float
    band_high: float
    z_score: float
    deviation_percent: float | None
    score: float
    severity: Severity
    direction: Literal["up", "down", "none"]
    kind: str = Field(description=f"{KIND_WORDS}.", json_schema_extra={"enum": list(ANOMALY_KINDS)})
    explanation: str
    algorithm: str
    phase: AnomalyPhase = "open"
    cleared_at: Moment | None = None
    peak_value: float | None = Field(None, description="The value furthest from the expected one, so far.")
    resource_score: float | None = Field(
        None, description="The resource's score when it opened: the mean of its five largest scores; 1 is an anomaly."
    )
    contributors: tuple[Contributor, ...] = Field((), description="The resource's most unusual series, largest first.")
    feedback: Feedback | None = None


class RiskLevel(StrEnum):
    """LOW below 0.3, HIGH from 0.7, MEDIUM between."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class RiskSignal(Record):
    """One weighted part of a risk score."""

    name: str
    value: float
    weight: float
    contribution: float
    details: str | None = None


class Risk(Record):
    """How likely a resource is to breach its limits soon, and why."""

    status: Literal["OK", "INSUFFICIENT_DATA"]
    resource_id: str
    risk_score: float
    risk_level: RiskLevel
    signals: tuple[RiskSignal, ...]
    explanation: str


class ResourceSummary(Record):
    """A resource as the catalogue lists it."""

    resource_id: str
    first_seen: Moment
    last_seen: Moment
    metrics: tuple[str, ...]
