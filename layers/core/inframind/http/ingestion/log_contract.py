"""What the paths of logs take and answer, for the OpenAPI document alone: nothing here runs at the door."""

import inspect
from typing import Annotated, Any

from fastapi import Body, FastAPI

from inframind.http.app import needs, refusals
from inframind.ingestion.logs.wire import ENTRY, TAKEN, LogBatch, LogEntry, LogsTaken, LogTaken
from inframind.records import Role

ENTRIES: Any = {
    "one": {"summary": "One line", "value": ENTRY},
    "list": {"summary": "A list", "value": [ENTRY]},
    "batch": {"summary": "A batch", "value": {"logs": [ENTRY]}},
}
ANSWERS: Any = {"one": {"value": {"message": "Log ingested", "service": "auth-api"}}, "batch": {"value": TAKEN}}
OTLP_EXAMPLE = {
    "resourceLogs": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "auth-api"}}]},
            "scopeLogs": [
                {
                    "logRecords": [
                        {
                            "timeUnixNano": "1768127400000000000",
                            "severityNumber": 17,
                            "body": {"stringValue": "Database timeout"},
                        }
                    ]
                }
            ],
        }
    ]
}
OTLP_ANSWERS: Any = {
    "everything": {"value": {}},
    "partial": {"value": {"partialSuccess": {"rejectedLogRecords": "1", "errorMessage": "web: the body is empty"}}},
}
BINARY: dict[str, Any] = {"type": "string", "format": "binary"}


async def logs(entries: Annotated[LogEntry | list[LogEntry] | LogBatch, Body(openapi_examples=ENTRIES)]) -> None:
    """An entry is taken whole or refused whole, with every fault named; good entries beside bad ones are kept.

    Lines are grouped by template, counted per minute as series of their service, kept, and can be searched. A spike of
    errors, and an error never seen before, are signals. Messages are cut at 16,000 characters; of the labels the first
    64 are kept. Content-Encoding gzip is understood where the content type is binary.
    """


async def otlp_logs() -> None:
    """`service.name` names the service; resource and record attributes become labels, and so does the trace's id.

    The level follows from the severity number, else from its text. Refused records are counted in partialSuccess.
    Errors carry a google.rpc.Status message in the request's encoding. Content-Encoding gzip is understood.
    """


def describe(app: FastAPI, otlp_refusals: dict[int | str, dict[str, Any]]) -> None:
    """Adds the paths of logs to the door's description."""
    for path, name in (("/api/v1/logs/ingest", "ingest_logs"), ("/ingest/logs", "ingest_logs_alias")):
        app.add_api_route(
            path,
            logs,
            description=inspect.cleandoc(logs.__doc__ or ""),
            methods=["POST"],
            operation_id=name,
            summary="Take log lines in as JSON" if name == "ingest_logs" else "The same as /api/v1/logs/ingest",
            tags=["ingestion"],
            status_code=202,
            response_model=LogTaken | LogsTaken,
            responses=refusals(400, 413, 415, 422) | {202: {"content": {"application/json": {"examples": ANSWERS}}}},
            dependencies=[needs(Role.INGEST)],
        )
    content = {"application/json": {"examples": OTLP_ANSWERS}, "application/x-protobuf": {"schema": BINARY}}
    body = {
        "application/json": {"schema": {"type": "object"}, "example": OTLP_EXAMPLE},
        "application/x-protobuf": {"schema": BINARY},
    }
    app.add_api_route(
        "/v1/logs",
        otlp_logs,
        description=inspect.cleandoc(otlp_logs.__doc__ or ""),
        methods=["POST"],
        operation_id="otlp_logs",
        summary="OTLP logs over HTTP, protobuf and JSON",
        tags=["ingestion"],
        response_model=None,
        responses=otlp_refusals
        | {200: {"description": "An ExportLogsServiceResponse in the request's encoding.", "content": content}},
        dependencies=[needs(Role.INGEST)],
        openapi_extra={"requestBody": {"required": True, "content": body}},
    )
