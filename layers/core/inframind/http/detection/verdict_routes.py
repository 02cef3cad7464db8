"""The route that judges a resource as a whole."""

from typing import Any

from fastapi import APIRouter

from inframind import wiring
from inframind.detection.grids import merge
from inframind.detection.resources.verdict import ROWS, ResourceVerdict, verdict
from inframind.http.app import needs, refusals
from inframind.http.examples import answer_example
from inframind.http.problem import without_samples
from inframind.ports.detection import AnomalyQuery
from inframind.records import Role

SHOWN = 20  # open anomalies in one verdict

EXAMPLE: dict[str, Any] = {
    "resource_id": "server-001",
    "status": "UNUSUAL",
    "score": 1.42,
    "at": "2026-01-11T10:30:00Z",
    "contributors": [
        {
            "metric_name": "cpu_usage",
            "labels": {},
            "value": 95.0,
            "expected": 47.5,
            "z_score": 16.96,
            "score": 2.3,
            "share": 0.81,
        }
    ],
    "open_anomalies": [],
    "explanation": "server-001 is unusual, with a score of 1.42 where 1 is an anomaly; most unusual: cpu_usage 95 "
    "where 47.5 was expected (81 %).",
}

router = APIRouter(tags=["detection"])


@router.get(
    "/api/v1/resources/{resource_id:path}/verdict",
    operation_id="resource_verdict",
    summary="One score for a resource, and what makes it up",
    description=f"The shipped detector over the last {ROWS} timestamps of all its series. The score is the mean of "
    "the five largest scores of its series at their newest samples; 1 is as far out as an anomaly. `ANOMALY`: the "
    "scorer, which knows more history and follows the detectors, has anomalies open (up to 20 are listed); "
    "`UNUSUAL`: none is open, and the score is 1 or more; `INSUFFICIENT_DATA`: fewer than 30 timestamps. "
    "For role viewer.",
    responses=answer_example(EXAMPLE) | refusals(404),
    dependencies=[needs(Role.VIEWER)],
)
async def resource_verdict(resource_id: str) -> ResourceVerdict:
    frames = wiring.series_store().latest(resource_id, ROWS)
    if not frames:
        raise without_samples(resource_id)
    found = wiring.anomalies().list(AnomalyQuery(resource_id, phase="open"), SHOWN)
    return verdict(merge(frames), found.items)
