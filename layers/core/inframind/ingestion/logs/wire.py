"""Log entries as the API document describes them; the door reads them without models (see `entries`)."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from inframind.ingestion.logs.entries import SERVICE_CHARS
from inframind.ingestion.wire import Fault, Timestamp

ENTRY: dict[str, Any] = {
    "timestamp": "2025-12-28T10:00:00Z",
    "level": "ERROR",
    "message": "Database timeout",
    "service": "auth-api",
    "labels": {"component": "database"},
}
TAKEN: dict[str, Any] = {"message": "Logs ingested", "accepted": 1, "rejected": 0, "errors": []}


class LogEntry(BaseModel):
    """One line of a log. Without a level it is INFO; a service may also be named by its labels, as for metrics."""

    model_config = ConfigDict(json_schema_extra={"examples": [ENTRY]})

    timestamp: Timestamp = None
    level: Annotated[str, Field(description="TRACE, DEBUG, INFO, WARN, ERROR, FATAL, or a usual name of one.")] = "INFO"
    message: Annotated[str, Field(min_length=1)]
    service: Annotated[str | None, Field(min_length=1, max_length=SERVICE_CHARS)] = None
    labels: dict[str, Any] = Field(default_factory=dict)


class LogBatch(BaseModel):
    """Lines of any services, in any order."""

    logs: Annotated[list[LogEntry], Field(min_length=1)]


class LogTaken(BaseModel):
    """One line was taken."""

    message: str
    service: str


class LogsTaken(BaseModel):
    """How many lines of a batch were taken; the first 20 faults of the others."""

    message: str
    accepted: int
    rejected: int
    errors: list[Fault]
