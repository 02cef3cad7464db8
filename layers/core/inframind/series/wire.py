"""What the series function answers, as JSON: numbers where JSON has them, words for NaN and the infinities."""

import json
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from inframind.records import Moment, ResourceSummary, from_ms, rfc3339
from inframind.series.catalogue import MAX_METRICS
from inframind.series.query import Query
from inframind.series.retrieval import Answer
from inframind.series.samples import Floats, Ints

RESOURCES: dict[str, Any] = {
    "items": [
        {
            "resource_id": "server-001",
            "first_seen": "2026-01-11T09:00:00Z",
            "last_seen": "2026-01-11T10:30:00Z",
            "metrics": ["cpu_usage", "memory_usage"],
        }
    ],
    "cursor": None,
}
SAMPLES: dict[str, Any] = {
    "resource_id": "server-001",
    "start": "2026-01-11T10:00:00Z",
    "end": "2026-01-11T11:00:00Z",
    "step": None,
    "series": [
        {
            "metric": "cpu_usage",
            "labels": {"cpu": "0"},
            "points": [["2026-01-11T10:30:00Z", 45.5], ["2026-01-11T10:30:15Z", "NaN"]],
        }
    ],
    "cursor": None,
    "note": None,
}


class ResourcePage(BaseModel):
    """Resources by id."""

    model_config = ConfigDict(json_schema_extra={"examples": [RESOURCES]})

    items: tuple[ResourceSummary, ...]
    cursor: str | None = Field(description="Where the next page starts; null on the last.")


class SeriesPoints(BaseModel):
    """One series and its samples, earliest first."""

    metric: str
    labels: dict[str, str]
    points: list[tuple[str, float | str]] = Field(
        description='Pairs of time (RFC 3339) and value: a number, or "NaN", "+Inf", "-Inf".'
    )


class SamplesPage(BaseModel):
    """Samples of one resource in [start, end)."""

    model_config = ConfigDict(json_schema_extra={"examples": [SAMPLES]})

    resource_id: str
    start: Moment
    end: Moment
    step: float | None = Field(description="Seconds of a step; null when samples are as they came.")
    series: list[SeriesPoints]
    cursor: str | None = Field(description="Where the next page goes on; null on the last.")
    note: str | None = Field(description="Why there is nothing, where there is nothing.")


def samples_page(query: Query, answer: Answer, note: str | None) -> bytes:
    """The JSON of a `SamplesPage`."""
    page: dict[str, Any] = {
        "resource_id": query.resource,
        "start": rfc3339(from_ms(query.start_ms)),
        "end": rfc3339(from_ms(query.end_ms)),
        "step": query.step_ms / 1_000 if query.step_ms else None,
        "series": [
            {
                "metric": line.series.metric,
                "labels": dict(line.series.labels),
                "points": list(zip(times(line.found.times_ms), numbers(line.found.values), strict=True)),
            }
            for line in answer.lines
        ],
        "cursor": str(answer.following) if answer.following else None,
        "note": note,
    }
    return json.dumps(page, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def nothing_found(query: Query, resource: ResourceSummary) -> str:
    """Why an answer is empty, and where something would be found.

    >>> known = ResourceSummary(resource_id="a", first_seen=from_ms(0), last_seen=from_ms(60_000), metrics=("up",))
    >>> print(nothing_found(Query("a", 3_600_000, 7_200_000), known))
    No samples in this range. Look from 1970-01-01T00:00:00Z to 1970-01-01T00:01:00Z and five minutes on.
    >>> nothing_found(Query("a", 3_600_000, 7_200_000, metrics=frozenset({"upp"})), known)
    'This resource sends no upp; GET /api/v1/resources lists what it sends.'
    """
    unheard = query.metrics.difference(resource.metrics)
    if unheard and len(resource.metrics) < MAX_METRICS:
        return f"This resource sends no {', '.join(sorted(unheard))}; GET /api/v1/resources lists what it sends."
    what = "samples of these metrics and labels" if query.metrics or query.labels else "samples"
    span = f"from {rfc3339(resource.first_seen)} to {rfc3339(resource.last_seen)}"
    return f"No {what} in this range. Look {span} and five minutes on."


def times(times_ms: Ints) -> list[str]:
    """RFC 3339 with a `Z`, milliseconds only where there are any.

    >>> times(np.array([0, 1500]))
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:01.500Z']
    """
    texts: list[str] = np.datetime_as_string(times_ms.astype("datetime64[ms]"), unit="ms").tolist()
    return [text.removesuffix(".000") + "Z" for text in texts]


def numbers(values: Floats) -> list[float | str]:
    """Values as JSON has them.

    >>> numbers(np.array([1.5, np.nan, np.inf, -np.inf]))
    [1.5, 'NaN', '+Inf', '-Inf']
    """
    plain: list[float | str] = values.tolist()
    for place in np.flatnonzero(~np.isfinite(values)).tolist():
        plain[place] = "NaN" if np.isnan(values[place]) else "+Inf" if values[place] > 0 else "-Inf"
    return plain
