"""Lines and templates as the API shows them: secrets masked in both."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from inframind.ingestion.logs.at_rest import Found
from inframind.ingestion.logs.shard import document_of
from inframind.ingestion.logs.templates import Template, from_records
from inframind.records import Moment, from_ms
from inframind.redaction import pair_without_secrets, without_secrets

LINE: dict[str, Any] = {
    "id": "9f1c2a7be0d34a58-3",
    "timestamp": "2025-12-28T10:00:00Z",
    "level": "ERROR",
    "service": "auth-api",
    "message": "Database timeout after 3000 ms",
    "labels": {"component": "database"},
    "template_id": "71a5cd661faa",
}
TEMPLATE: dict[str, Any] = {
    "id": "71a5cd661faa",
    "service": "auth-api",
    "template": "Database timeout after <*>",
    "level": "ERROR",
    "count": 42,
    "levels": {"ERROR": 42},
    "first_seen": "2025-12-28T09:58:11Z",
    "last_seen": "2025-12-28T10:00:00Z",
    "sample": "Database timeout after 3000 ms",
}


class Line(BaseModel):
    """A line as it was sent, but for secrets."""

    model_config = ConfigDict(json_schema_extra={"examples": [LINE]})

    id: str
    timestamp: Moment
    level: str
    service: str
    message: str
    labels: dict[str, str]
    template_id: str = Field(description="The template it was counted to when it came.")

    @classmethod
    def of(cls, found: Found) -> "Line":
        """A line that was found."""
        line = found.line
        return cls(
            id=found.id,
            timestamp=from_ms(line.time_ms),
            level=line.level,
            service=line.service,
            message=without_secrets(line.message),
            labels=_without_secrets(line.labels.items()),
            template_id=found.template_id,
        )


class LinePage(BaseModel):
    """Lines, latest hour first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [LINE], "cursor": None}]})

    items: list[Line]
    cursor: str | None = Field(description="Where the search goes on; null when all was searched.")


class ShownTemplate(BaseModel):
    """What the lines of a service have in common, `<*>` where they differ."""

    model_config = ConfigDict(json_schema_extra={"examples": [TEMPLATE]})

    id: str
    service: str
    template: str
    level: str = Field(description="The most severe level it came at.")
    count: int
    levels: dict[str, int]
    first_seen: Moment
    last_seen: Moment
    sample: str

    @classmethod
    def of(cls, service: str, template: Template) -> "ShownTemplate":
        """A template of a service."""
        return cls(
            id=template.id,
            service=service,
            template=template.text,
            level=template.level,
            count=template.count,
            levels=template.levels,
            first_seen=from_ms(template.first_ms),
            last_seen=from_ms(template.last_ms),
            sample=template.sample,
        )


class TemplatePage(BaseModel):
    """Templates, the ones seen last first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [TEMPLATE], "cursor": None}]})

    items: list[ShownTemplate]
    cursor: str | None = Field(description="Where the next page starts; null on the last.")


def templates_in(state: bytes, service: str | None) -> list[tuple[str, Template]]:
    """The templates that a shard's state holds, of one service or of all; raises `StateCorrupt`."""
    services = document_of(state)["services"]
    return [
        (name, template)
        for name, record in services.items()
        if service in (None, name)
        for template in from_records(record["templates"])
    ]


def _without_secrets(labels: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Labels whose names or values give a secret away, masked."""
    return {name: pair_without_secrets(name, value) for name, value in labels}
