"""The routes by which people read the anomalies that were found."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from inframind import wiring
from inframind.errors import Fault, NotFound, Rejected
from inframind.http.app import needs, refusals
from inframind.http.bounding import bounded
from inframind.http.examples import answer_example
from inframind.http.paging import Cursor, Limit, Moment
from inframind.ports.detection import AnomalyQuery
from inframind.records import Anomaly, AnomalyPhase, Role, Severity

ANOMALY: dict[str, Any] = {
    "id": "f01b2832f156891d58aa769373a93cb2",
    "resource_id": "server-001",
    "metric_name": "cpu_usage",
    "labels": {},
    "detected_at": "2026-01-11T10:30:00Z",
    "current_value": 95.0,
    "baseline_mean": 47.5,
    "baseline_std_dev": 2.8,
    "band_low": 39.1,
    "band_high": 55.9,
    "z_score": 16.9643,
    "deviation_percent": 100.0,
    "score": 4.2411,
    "severity": "critical",
    "direction": "up",
    "kind": "spike",
    "explanation": "cpu_usage of server-001 jumped up: 95 where 47.5 was expected, 39.1 to 55.9 is usual "
    "(+100 %, 17.0 standard deviations). Most unusual of server-001: cpu_usage 81 %, memory_usage 19 %.",
    "algorithm": "bank_v1",
    "phase": "cleared",
    "cleared_at": "2026-01-11T10:42:00Z",
    "peak_value": 97.5,
    "resource_score": 2.6,
    "contributors": [
        {"metric_name": "cpu_usage", "labels": {}, "share": 0.81},
        {"metric_name": "memory_usage", "labels": {}, "share": 0.19},
    ],
    "feedback": None,
}

router = APIRouter(tags=["detection"])

Since = Annotated[Moment | None, Query(description="Detected at or after; RFC 3339, epoch seconds or milliseconds.")]
Until = Annotated[Moment | None, Query(description="Detected before.")]


class AnomalyPage(BaseModel):
    """Anomalies, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [ANOMALY], "cursor": None}]})

    items: list[Anomaly]
    cursor: str | None = Field(description="Where the next page starts; null on the last.")


@router.get(
    "/api/v1/anomalies",
    operation_id="list_anomalies",
    summary="The anomalies found, newest first",
    description="Each is one incident of one series, from the sample that opened it until it cleared. A page "
    "may be short and yet have a cursor. For role viewer.",
    responses=answer_example({"items": [ANOMALY], "cursor": None}) | refusals(422),
    dependencies=[needs(Role.VIEWER)],
)
async def list_anomalies(  # noqa: PLR0913, one argument a query parameter
    resource_id: Annotated[str | None, Query(description="Of this resource alone.")] = None,
    since: Since = None,
    until: Until = None,
    severity: Severity | None = None,
    phase: AnomalyPhase | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> AnomalyPage:
    if since and until and since >= until:
        raise Rejected("The range is empty.", [Fault("query.until", "must be later than since")])
    query = AnomalyQuery(resource_id, since, until, severity, phase)
    page = bounded(lambda most: wiring.anomalies().list(query, most, cursor), limit)
    return AnomalyPage(items=list(page.items), cursor=page.cursor)


@router.get(
    "/api/v1/anomalies/{anomaly_id}",
    operation_id="get_anomaly",
    summary="One anomaly",
    description="Everything known of it: value, expected (`baseline_mean`), band, z, severity, the kind of departure, "
    "the reason in words, the series that contributed most at the time, and what people said of it. For role viewer.",
    responses=answer_example(ANOMALY) | refusals(404),
    dependencies=[needs(Role.VIEWER)],
)
async def get_anomaly(anomaly_id: str) -> Anomaly:
    found = wiring.anomalies().get(anomaly_id)
    if found is None:
        raise NotFound(f"There is no anomaly {anomaly_id}. GET /api/v1/anomalies lists what was found.")
    return found
