"""The routes of builds: what CI systems and agents tell, and what became of it."""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field

from inframind import wiring
from inframind.builds import Build, BuildOutcome
from inframind.errors import NotFound
from inframind.http.app import needs, refusals
from inframind.http.bounding import bounded
from inframind.http.examples import answer_example
from inframind.http.paging import Cursor, Limit
from inframind.optimization.wire import CompletionTold, StartTold, StepTold, in_time
from inframind.ports.optimization import BuildQuery
from inframind.records import AccessKey, Role
from inframind.usecases.optimization.recording import heard_from, tolerance

RUN = {"run_id": "shop-1187", "pipeline": "team/shop"}
CONFIGURATION: dict[str, Any] = {"concurrency": 4, "cpus": 4.0, "memory_gb": 8.0, "cache_gb": 2.0}
START: dict[str, Any] = RUN | {
    "started_at": "2026-01-11T10:30:00Z",
    "branch": "main",
    "context": {"tool": "cmake", "cpus": 4, "memory_gb": 16},
    "configuration": CONFIGURATION,
}
STEP: dict[str, Any] = RUN | {
    "step": "compile",
    "outcome": "success",
    "started_at": "2026-01-11T10:30:05Z",
    "finished_at": "2026-01-11T10:33:05Z",
    "duration_s": 180.0,
    "cpu_seconds": 655.2,
    "max_rss_gb": 3.1,
    "cache_hits": 120,
    "cache_misses": 40,
}
COMPLETION: dict[str, Any] = RUN | {
    "outcome": "success",
    "exit_code": 0,
    "finished_at": "2026-01-11T10:33:20Z",
    "duration_s": 200.0,
}
BUILD = Build.model_validate(
    START
    | {"outcome": "success", "finished_at": COMPLETION["finished_at"], "duration_s": 200.0, "exit_code": 0}
    | {"steps": [{name: value for name, value in STEP.items() if name not in RUN}]}
).model_dump(mode="json")
PAGE: dict[str, Any] = {"items": [BUILD | {"steps": []}], "cursor": None}
TOLD: dict[str, Any] = {"message": "accepted", **RUN}
Viewer = needs(Role.VIEWER)
Sender = Annotated[AccessKey, needs(Role.INGEST)]


class Accepted(BaseModel):
    """What was told is on its way to the build's record."""

    model_config = ConfigDict(json_schema_extra={"examples": [TOLD]})

    message: Literal["accepted"] = "accepted"
    run_id: str
    pipeline: str


class BuildPage(BaseModel):
    """Builds, started last first, without their steps."""

    model_config = ConfigDict(json_schema_extra={"examples": [PAGE]})

    items: list[Build]
    cursor: str | None = Field(description="Where the next page starts; null on the last.")


router = APIRouter(tags=["optimization"])
TELLING: dict[str, Any] = {"status_code": 202, "responses": answer_example(TOLD, 202) | refusals(409, 422)}
AGAIN = (
    "Told twice, late, or before what came first, it comes to the same. A build belongs to the key that speaks of it "
    "first; another is answered 409, unless it is an operator's. For role ingest."
)


@router.post(
    "/api/v1/builds/start",
    operation_id="start_build",
    summary="A build has started",
    description=f"What it is, and what it runs with. {AGAIN}",
    **TELLING,
)
@router.post(
    "/builds/start",
    operation_id="start_build_alias",
    summary="The same as /api/v1/builds/start",
    description=AGAIN,
    **TELLING,
)
async def start(
    told: Annotated[StartTold, Body(openapi_examples={"a build": {"value": START}})], sender: Sender
) -> Accepted:
    return _accepted("start", told, sender)


@router.post(
    "/api/v1/builds/step",
    operation_id="end_step",
    summary="A step of a build has ended",
    description="With what was measured of it. Of `started_at`, `finished_at` and `duration_s` two are needed; a step "
    f"is known by its name and start. {AGAIN}",
    **TELLING,
)
@router.post(
    "/builds/step",
    operation_id="end_step_alias",
    summary="The same as /api/v1/builds/step",
    description=AGAIN,
    **TELLING,
)
async def step(
    told: Annotated[StepTold, Body(openapi_examples={"a step": {"value": STEP}})], sender: Sender
) -> Accepted:
    return _accepted("step", told, sender)


@router.post(
    "/api/v1/builds/complete",
    operation_id="complete_build",
    summary="A build has ended",
    description="`outcome`, or an `exit_code` from which it follows. A failure of which a step ran out of memory or "
    f"time is called by that. {AGAIN}",
    **TELLING,
)
@router.post(
    "/builds/complete",
    operation_id="complete_build_alias",
    summary="The same as /api/v1/builds/complete",
    description=AGAIN,
    **TELLING,
)
async def complete(
    told: Annotated[CompletionTold, Body(openapi_examples={"an end": {"value": COMPLETION}})], sender: Sender
) -> Accepted:
    return _accepted("complete", told, sender)


@router.get(
    "/api/v1/builds",
    operation_id="list_builds",
    summary="The builds, started last first",
    description="Without their steps; ask for one to see them. With an outcome that few have, a page may be short and "
    "yet have a cursor. For role viewer.",
    responses=answer_example(PAGE) | refusals(422),
    dependencies=[Viewer],
)
async def list_builds(
    pipeline: Annotated[str | None, Query(max_length=512, description="Of this pipeline alone.")] = None,
    outcome: BuildOutcome | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> BuildPage:
    query = BuildQuery(pipeline, outcome)
    page = bounded(lambda most: wiring.builds().list(query, most, cursor), limit)
    return BuildPage(items=[one.model_copy(update={"steps": ()}) for one in page.items], cursor=page.cursor)


def known(run_id: str) -> Build:
    """The build; raises `NotFound`."""
    found = wiring.builds().get(run_id)
    if found is None:
        raise NotFound(f"There is no build {run_id}. GET /api/v1/builds lists them.")
    return found


@router.get(
    "/api/v1/builds/{run_id:path}",
    operation_id="get_build",
    summary="One build",
    description="With its steps as they were measured. What was told a moment ago may not be in it yet. For role "
    "viewer.",
    responses=answer_example(BUILD) | refusals(404),
    dependencies=[Viewer],
)
async def get_build(run_id: str) -> Build:
    return known(run_id)


def _accepted(kind: str, told: StartTold | StepTold | CompletionTold, sender: AccessKey) -> Accepted:
    in_time(told.event(datetime.now(UTC)), tolerance(), "body.")
    heard_from(told.run_id, sender)
    body = told.model_dump(mode="json", exclude_unset=True)
    wiring.build_queue().send([json.dumps({"type": kind, **body}, ensure_ascii=False)])
    return Accepted(run_id=told.run_id, pipeline=told.pipeline)
