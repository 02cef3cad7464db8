"""The routes of SLA risk: how likely a breach is, and whether limits are kept."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query

from inframind import wiring
from inframind.http.app import needs, refusals
from inframind.http.examples import answer_example
from inframind.http.problem import without_samples
from inframind.records import Risk, RiskLevel, Role, to_ms
from inframind.risk.compliance import SlaStatus, conclude, standing
from inframind.usecases.counters import add_counts
from inframind.usecases.risk.appraisal import appraise, latest, limits

LATEST_ROWS = 60  # enough to hold every metric that is sent at least now and then
RECENT = timedelta(hours=1)  # older values say nothing about now

RISK: dict[str, Any] = {
    "status": "OK",
    "resource_id": "server-001",
    "risk_score": 0.73,
    "risk_level": "HIGH",
    "signals": [
        {"name": "anomaly_presence", "value": 1.0, "weight": 0.4, "contribution": 0.4},
        {
            "name": "threshold_breach_rate",
            "value": 0.55,
            "weight": 0.6,
            "contribution": 0.33,
            "details": "11/20 metrics exceeded thresholds",
        },
    ],
    "explanation": "High risk: 73% risk score. Anomaly detected (40% contribution). "
    "Threshold breach rate: 55% (33% contribution).",
}
STATUS: dict[str, Any] = {
    "status": "BREACHED",
    "resource_id": "server-001",
    "metrics": [
        {
            "metric": "cpu_usage",
            "labels": {},
            "value": 95.0,
            "threshold": 80.0,
            "compliant": False,
            "at": "2026-01-11T10:30:00Z",
        }
    ],
    "risk_level": "HIGH",
    "explanation": "cpu_usage is 95, over its limit of 80.",
}

router = APIRouter(tags=["risk"])


@router.get(
    "/api/v1/sla/{resource_id:path}/risk",
    operation_id="sla_risk",
    summary="How likely a resource is to breach its limits soon",
    description="40 % whether there is an anomaly, times how sure that is; 60 % the share of values over their limit "
    "(CPU 80, memory 85, GPU 90 unless configured). The score is the sum of the contributions: LOW below 0.3, HIGH "
    "from 0.7. `INSUFFICIENT_DATA`: nothing arrived in the last `lookback_minutes`.",
    response_model_exclude_none=True,
    responses=answer_example(RISK) | refusals(404, 422),
    dependencies=[needs(Role.VIEWER)],
)
async def sla_risk(
    resource_id: str,
    lookback_minutes: Annotated[int, Query(ge=1, le=60, description="The period looked back on.")] = 10,
) -> Risk:
    risk = appraise(resource_id, timedelta(minutes=lookback_minutes), datetime.now(UTC))
    if risk.status == "INSUFFICIENT_DATA" and latest(resource_id, 1) is None:
        raise without_samples(resource_id)
    high = risk.risk_level == RiskLevel.HIGH
    add_counts("risk", {("sla_risk_checks_total", ()): 1, ("sla_high_risk_total", ()): int(high)})
    return risk


@router.get(
    "/api/v1/sla/{resource_id:path}/status",
    operation_id="sla_status",
    summary="Whether a resource keeps its limits now",
    description="The latest value, at most an hour old, of each metric that has a limit, and the risk level of the "
    "last scheduled assessment (null before the first).",
    responses=answer_example(STATUS) | refusals(404),
    dependencies=[needs(Role.VIEWER)],
)
async def sla_status(resource_id: str) -> SlaStatus:
    return _status(resource_id)


@router.get(
    "/api/v1/monitoring/sla",
    operation_id="monitoring_sla",
    summary="Whether a resource keeps its limits now",
    description="The same as `/api/v1/sla/{resource_id}/status`.",
    responses=answer_example(STATUS) | refusals(404, 422),
    dependencies=[needs(Role.VIEWER)],
)
async def monitoring_sla(resource_id: Annotated[str, Query(description="Whose status.", min_length=1)]) -> SlaStatus:
    return _status(resource_id)


def _status(resource: str) -> SlaStatus:
    grid = latest(resource, LATEST_ROWS)
    if grid is None:
        raise without_samples(resource)
    metrics = standing(grid, limits().thresholds, to_ms(datetime.now(UTC) - RECENT))
    kept = wiring.risks().get(resource)
    return conclude(resource, metrics, kept.level if kept else None)
