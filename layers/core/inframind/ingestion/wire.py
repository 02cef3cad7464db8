"""The JSON forms as the API document describes them; the door itself reads them without models (see `json_entry`)."""

from typing import Annotated

from pydantic import BaseModel, Field

from inframind.ingestion.limits import NAME_LIMIT, RESOURCE_LIMIT

Timestamp = Annotated[
    str | float | None,
    Field(description="RFC 3339 (UTC where it names no offset), epoch seconds or milliseconds; absent: arrival."),
]
Percent = Annotated[float | None, Field(ge=0, le=100)]


class ResourceMetrics(BaseModel):
    """The usage of one resource; at least one of the three is needed."""

    resource_id: Annotated[str, Field(min_length=1, max_length=RESOURCE_LIMIT)]
    cpu_usage: Percent = None
    memory_usage: Percent = None
    gpu_usage: Percent = None
    timestamp: Timestamp = None


class MetricPoint(BaseModel):
    """One value of any metric; the resource is the first of the labels resource_id, service, service.name, instance,
    job."""

    metric_name: Annotated[str, Field(min_length=1, max_length=NAME_LIMIT)]
    value: float
    labels: dict[str, str] = Field(default_factory=dict)
    timestamp: Timestamp = None


class Metrics(BaseModel):
    """A batch, both forms mixed as you like."""

    metrics: Annotated[list[ResourceMetrics | MetricPoint], Field(min_length=1)]


class Ingested(BaseModel):
    """One sample was taken."""

    message: str
    resource_id: str


class Fault(BaseModel):
    """What is wrong, and where."""

    where: str
    what: str


class BatchIngested(BaseModel):
    """How many entries of a batch were taken; the first 20 faults of the others."""

    message: str
    accepted: int
    rejected: int
    errors: list[Fault]
