"""What the paths of `api.py` take and answer, for the OpenAPI document alone: nothing here runs in the function."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Body, FastAPI

from inframind.http import lean
from inframind.http.app import create_app, needs, refusals
from inframind.http.ingestion import log_contract
from inframind.ingestion import limits
from inframind.ingestion.signal_wire import AlertmanagerWebhook, AlertsTaken, DeploymentEvent, DeploymentRecorded
from inframind.ingestion.wire import BatchIngested, Ingested, MetricPoint, Metrics, ResourceMetrics
from inframind.records import Role

SEED_EXAMPLE = {
    "resource_id": "server-001",
    "cpu_usage": 45.5,
    "memory_usage": 60.2,
    "gpu_usage": 30.0,
    "timestamp": "2026-01-11T10:30:00Z",
}
POINT_EXAMPLE = {
    "timestamp": "2025-12-28T10:00:00Z",
    "metric_name": "api_latency_ms",
    "value": 1500.0,
    "labels": {"service": "auth-api", "environment": "production"},
}
OTLP_EXAMPLE = {
    "resourceMetrics": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "checkout"}}]},
            "scopeMetrics": [
                {
                    "metrics": [
                        {
                            "name": "load",
                            "gauge": {"dataPoints": [{"timeUnixNano": "1768127400000000000", "asDouble": 1.5}]},
                        }
                    ]
                }
            ],
        }
    ]
}
BINARY: dict[str, Any] = {"type": "string", "format": "binary"}
METRIC_EXAMPLES: Any = {
    "resource": {"summary": "Usage of one resource", "value": SEED_EXAMPLE},
    "point": {"summary": "One value of any metric", "value": POINT_EXAMPLE},
    "batch": {"summary": "A batch of both", "value": {"metrics": [SEED_EXAMPLE, POINT_EXAMPLE]}},
}
ANSWERS: Any = {
    "one": {"value": {"message": "Metric ingested", "resource_id": "server-001"}},
    "batch": {"value": {"message": "Metrics ingested", "accepted": 2, "rejected": 0, "errors": []}},
}

STATUS_SCHEMA = {
    "type": "object",
    "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
}
OTLP_ANSWERS: Any = {
    "everything": {"value": {}},
    "partial": {
        "value": {"partialSuccess": {"rejectedDataPoints": "1", "errorMessage": "load: timeUnixNano is missing"}}
    },
}


def otlp_refusals() -> dict[int | str, dict[str, Any]]:
    """The refusals of an OTLP path: google.rpc.Status instead of problem details."""
    content = {"application/json": {"schema": STATUS_SCHEMA}, "application/x-protobuf": {"schema": BINARY}}
    return {status: answer | {"content": content} for status, answer in refusals(400, 413, 415).items()}


WRITTEN: Any = {
    f"X-Prometheus-Remote-Write-{kind}-Written": {
        "description": f"Version 2.0: {kind.lower()} kept of this request.",
        "schema": {"type": "integer"},
    }
    for kind in ("Samples", "Histograms", "Exemplars")
}


LIMITS = f"""

Limits: {lean.BODY_LIMIT} bytes as the function receives the body (base64 leaves about 4.5 MB of them to a binary one),
{limits.INFLATED_LIMIT >> 20} MiB inflated; {limits.LABELS_LIMIT} labels a series, {limits.NAME_LIMIT} bytes a name,
{limits.VALUE_LIMIT} a label value, {limits.KEY_LIMIT} a series with all its labels, {limits.RESOURCE_LIMIT} a resource
id. Control characters are refused in names and resource ids, and but for tab and newline in values.
"""


async def json_metrics(
    metrics: Annotated[
        ResourceMetrics | MetricPoint | Metrics | list[ResourceMetrics | MetricPoint],
        Body(openapi_examples=METRIC_EXAMPLES),
    ],
) -> None:
    """One sample of a resource, one metric point, or a batch of both, as `metrics` or as a bare list. An entry is taken
    whole or refused whole; good entries beside bad ones are kept.

    Unknown fields are ignored. NaN and Infinity are refused, and so are times ahead of the clock; old times are
    taken. Content-Encoding gzip is understood.
    """


async def remote_write() -> None:
    """Stale markers and every other bit of a value are kept. Native histograms are kept as `_count` and `_sum`;
    exemplars and metadata are taken and not kept.

    Where some series are refused the others are kept, and the answer is 400 naming up to 20 of the refused:
    Prometheus does not send a 400 again. A temporary failure is 503 with Retry-After.
    """


async def otlp_metrics() -> None:
    """Gauges, sums, histograms, exponential histograms (count and sum) and summaries.

    `service.name` names the resource; resource and point attributes become labels. A delta sum or histogram is kept
    as it comes, with the label `__temporality__="delta"`. Refused data points are counted in partialSuccess. Errors
    carry a google.rpc.Status message in the request's encoding. Content-Encoding gzip is understood.
    """


async def deployment(event: DeploymentEvent) -> None:
    """A deployment stands on the time line of every incident of its service, and is the first suspect of what begins
    within half an hour of it.

    `metadata` may hold anything; its first 24 entries are kept, as text. The same deployment sent again is one.
    """


async def alerts(webhook: AlertmanagerWebhook) -> None:
    """Every alert is a signal, firing or resolved, under Alertmanager's own fingerprint; what belongs together
    becomes one incident. Configure it as `webhook_configs` with `send_resolved: true`.

    The service is the first present of the labels service, service_name, app, job, instance, namespace, alertname.
    Label `severity`: critical, page and emergency are critical; error, high and major high; warning medium; info low.
    """


def text_of(described: Callable[..., Any]) -> str:
    """A path's description: its function's docstring, and the limits."""
    return inspect.cleandoc(described.__doc__ or "") + LIMITS


app: FastAPI = create_app("ingestion")
for path, name in {
    "/api/v1/metrics/ingest": "ingest_metrics",
    "/ingest/metrics": "ingest_metrics_alias",
    "/api/v1/monitoring/metrics": "ingest_monitoring_metrics",
}.items():
    app.add_api_route(
        path,
        json_metrics,
        description=text_of(json_metrics),
        methods=["POST"],
        operation_id=name,
        summary="Take metrics in as JSON" if name == "ingest_metrics" else "The same as /api/v1/metrics/ingest",
        tags=["ingestion"],
        status_code=202,
        response_model=Ingested | BatchIngested,
        responses=refusals(400, 413, 415, 422) | {202: {"content": {"application/json": {"examples": ANSWERS}}}},
        dependencies=[needs(Role.INGEST)],
    )
for path, name, described, model, summary in (
    ("/api/v1/deployments", "record_deployment", deployment, DeploymentRecorded, "Tell of a deployment"),
    (
        "/ingest/deployment",
        "record_deployment_alias",
        deployment,
        DeploymentRecorded,
        "The same as /api/v1/deployments",
    ),
    ("/api/v1/alerts", "take_alerts", alerts, AlertsTaken, "Alertmanager's webhook, version 4"),
    ("/api/alerts", "take_alerts_alias", alerts, AlertsTaken, "The same as /api/v1/alerts"),
):
    app.add_api_route(
        path,
        described,
        description=inspect.cleandoc(described.__doc__ or ""),
        methods=["POST"],
        operation_id=name,
        summary=summary,
        tags=["ingestion"],
        status_code=202,
        response_model=model,
        responses=refusals(400, 413, 415, 422),
        dependencies=[needs(Role.INGEST)],
    )
app.add_api_route(
    "/api/v1/write",
    remote_write,
    description=text_of(remote_write),
    methods=["POST"],
    operation_id="remote_write",
    summary="Prometheus remote write 1.0 and 2.0",
    tags=["ingestion"],
    status_code=204,
    response_model=None,
    responses=refusals(400, 413, 415) | {204: {"description": "Everything was taken.", "headers": WRITTEN}},
    dependencies=[needs(Role.INGEST)],
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "A snappy block of prometheus.WriteRequest or io.prometheus.write.v2.Request.",
            "content": {
                "application/x-protobuf": {"schema": BINARY},
                "application/x-protobuf;proto=prometheus.WriteRequest": {"schema": BINARY},
                "application/x-protobuf;proto=io.prometheus.write.v2.Request": {"schema": BINARY},
            },
        }
    },
)
app.add_api_route(
    "/v1/metrics",
    otlp_metrics,
    description=text_of(otlp_metrics),
    methods=["POST"],
    operation_id="otlp_metrics",
    summary="OTLP metrics over HTTP, protobuf and JSON",
    tags=["ingestion"],
    response_model=None,
    responses=otlp_refusals()
    | {
        200: {
            "description": "An ExportMetricsServiceResponse in the request's encoding.",
            "content": {
                "application/json": {"examples": OTLP_ANSWERS},
                "application/x-protobuf": {"schema": BINARY},
            },
        }
    },
    dependencies=[needs(Role.INGEST)],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {"type": "object"}, "example": OTLP_EXAMPLE},
                "application/x-protobuf": {"schema": BINARY},
            },
        }
    },
)
log_contract.describe(app, otlp_refusals())
