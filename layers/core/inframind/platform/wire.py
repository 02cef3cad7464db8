"""What crosses the wire of the platform's own paths: health, access keys, audit records."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from inframind.identity import VISIBLE
from inframind.platform.changes import Order, Status, status
from inframind.records import AccessKey, AuditRecord, Moment, Role, in_utc

KEY: dict[str, JsonValue] = {
    "id": "0123456789ab",
    "name": "prometheus in eu-1",
    "role": "ingest",
    "status": "active",
    "created_at": "2026-01-11T10:30:00Z",
    "expires_at": None,
    "revoked_at": None,
    "rotated_from": None,
    "rotated_to": None,
}
TOKEN = f"im_{KEY['id']}_{'x' * 32}"
RECORD: dict[str, JsonValue] = {
    "at": "2026-01-11T10:30:00Z",
    "actor": "own-5d41402abc4b",
    "action": "key.created",
    "key_id": KEY["id"],
    "detail": "'prometheus in eu-1', role ingest",
}


METRICS = """# HELP http_requests_total HTTP requests by method, path template and status.
# TYPE http_requests_total counter
http_requests_total{method="GET",path="/api/v1/health",status="200"} 3.0
# HELP metrics_ingested_total Samples accepted at the door.
# TYPE metrics_ingested_total counter
metrics_ingested_total 1200.0
"""


class About(BaseModel):
    """What answers here."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "infra-mind-api", "version": "0.1.0", "links": {"docs": "/docs", "metrics": "/metrics"}}
            ]
        }
    )

    name: str
    version: str
    links: dict[str, str]


class Health(BaseModel):
    """The liveness answer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "healthy", "service": "infra-mind-api"}]})

    status: Literal["healthy"]
    service: str


class Readiness(BaseModel):
    """The readiness answer: everything that was asked and answered."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"status": "ready", "checked": ["samples queue", "series table", "bus"]}]}
    )

    status: Literal["ready"]
    checked: list[str]


def _utc(moment: datetime) -> datetime:
    return in_utc(moment) if moment.tzinfo else moment.replace(tzinfo=UTC)


class KeyOrder(BaseModel):
    """A key to be made. Unknown fields are refused: a misspelt `expires_at` would make a key that never ends."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": KEY["name"], "role": "ingest", "expires_at": "2099-01-01T00:00:00Z"}]},
    )

    name: str = Field(
        min_length=1, max_length=100, pattern=VISIBLE, description="What the key is for; people recognise it by this."
    )
    role: Role = Field(description="ingest sends, viewer reads, operator does both and changes things, admin all.")
    expires_at: Annotated[datetime, AfterValidator(_utc)] | None = Field(
        None, description="When it ends by itself: RFC 3339, or epoch seconds or milliseconds. Without a zone: UTC."
    )

    def order(self, idempotency_key: str | None) -> Order:
        """The order in the room's terms."""
        return Order(self.name, self.role, self.expires_at, idempotency_key)


class Rotation(BaseModel):
    """How to rotate a key."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"grace_seconds": 3600}]})

    grace_seconds: int = Field(
        3600, ge=0, le=604_800, description="How long the old token works on, at most a week; 0 ends it at once."
    )


class KeyView(BaseModel):
    """A key as it is shown: everything but its secret."""

    model_config = ConfigDict(json_schema_extra={"examples": [KEY]})

    id: str
    name: str
    role: Role
    status: Status
    created_at: Moment
    expires_at: Moment | None
    revoked_at: Moment | None
    rotated_from: str | None = Field(description="The key that this one took the place of.")
    rotated_to: str | None = Field(None, description="The key that took the place of this one.")

    @classmethod
    def of(cls, key: AccessKey, now: datetime) -> "KeyView":
        """The view of a key at a moment."""
        return cls(status=status(key, now), **key.model_dump(exclude={"salt", "digest"}))


class KeyMade(KeyView):
    """A key just made, with its token: this answer is the only place where it ever stands."""

    model_config = ConfigDict(json_schema_extra={"examples": [KEY | {"token": TOKEN}]})

    token: str = Field(description="Keep it now; it cannot be shown again.")

    @classmethod
    def with_token(cls, key: AccessKey, token: str, now: datetime) -> "KeyMade":
        """The view of a key just made."""
        return cls(token=token, **KeyView.of(key, now).model_dump())


class KeyPage(BaseModel):
    """One page of keys."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [KEY], "cursor": None}]})

    items: list[KeyView]
    cursor: str | None = Field(description="Where the next page starts; null on the last.")


class AuditPage(BaseModel):
    """One page of audit records, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [RECORD], "cursor": None}]})

    items: list[AuditRecord]
    cursor: str | None = Field(description="Where the next page starts; null on the last.")
