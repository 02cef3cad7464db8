"""HTTP -> incidents and deployments, and what people do to an incident."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Annotated

from fastapi import Body, Query

from inframind import wiring
from inframind.errors import NotFound
from inframind.http.app import create_app, lambda_handler, needs, refusals
from inframind.http.bounding import bounded
from inframind.http.examples import answer_example
from inframind.http.incidents import knowledge_routes, rca_routes
from inframind.http.ingestion import log_routes
from inframind.http.paging import Cursor, Limit
from inframind.incidents import handling
from inframind.incidents.board import Board
from inframind.incidents.outcome import Outcome
from inframind.incidents.wire import (
    ACKNOWLEDGEMENT,
    DEPLOYMENT,
    FEEDBACK,
    INCIDENT,
    LESSON,
    MERGER,
    Acknowledgement,
    Deployment,
    DeploymentPage,
    IncidentFeedback,
    IncidentPage,
    Merger,
    listed,
)
from inframind.ports.incidents import IncidentQuery
from inframind.records import AccessKey, Role, from_ms
from inframind.signals import Incident, IncidentSeverity, IncidentStatus
from inframind.usecases.incidents import caseload
from inframind.usecases.incidents.cabinet import Cabinet

app = create_app("incidents")
app.include_router(rca_routes.router)
app.include_router(knowledge_routes.router)
app.include_router(log_routes.router)
handler = lambda_handler(app, "incidents")
VIEWER, OPERATOR = needs(Role.VIEWER), needs(Role.OPERATOR)

Service = Annotated[str | None, Query(max_length=512, description="Of this service alone.")]


@app.get(
    "/api/v1/incidents",
    operation_id="list_incidents",
    summary="The incidents, newest first",
    description="Without their signals and time lines; ask for one to see them. With a filter that few match, a page "
    "may be short and yet have a cursor. For role viewer.",
    tags=["incidents"],
    responses=answer_example({"items": [listed(INCIDENT)], "cursor": None}) | refusals(422),
    dependencies=[VIEWER],
)
async def list_incidents(
    status: IncidentStatus | None = None,
    service: Service = None,
    severity: IncidentSeverity | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> IncidentPage:
    query = IncidentQuery(status, service, severity)
    page = bounded(lambda most: wiring.incidents().list(query, most, cursor), limit)
    return IncidentPage(items=list(page.items), cursor=page.cursor)


@app.get(
    "/api/v1/incidents/{incident_id}",
    operation_id="get_incident",
    summary="One incident",
    description="Its signals (the worst hundred; `signal_count` counts all), its story, who is suspected and why, and "
    "the analysis, whose claims cite the signals they rest on. For role viewer.",
    tags=["incidents"],
    responses=answer_example(INCIDENT) | refusals(404),
    dependencies=[VIEWER],
)
async def get_incident(incident_id: str) -> Incident:
    return _known(incident_id)


@app.post(
    "/api/v1/incidents/{incident_id}/ack",
    operation_id="acknowledge_incident",
    summary="Somebody is at it",
    description="Until the time is over; then the incident is open again. Acknowledged again, the new time counts. "
    "An incident that is over cannot be (409). For role operator.",
    tags=["incidents"],
    responses=answer_example(INCIDENT | {"status": "acknowledged"}) | refusals(404, 409, 422),
)
async def acknowledge(
    incident_id: str,
    wanted: Annotated[Acknowledgement, Body(openapi_examples={"an hour": {"value": ACKNOWLEDGEMENT}})],
    key: AccessKey = OPERATOR,
) -> Incident:
    span = timedelta(minutes=wanted.minutes)
    return _changed(
        incident_id,
        lambda board, incident, now_ms: handling.acknowledge(board, incident, key.name, from_ms(now_ms) + span, now_ms),
    )


@app.post(
    "/api/v1/incidents/{incident_id}/resolve",
    operation_id="resolve_incident",
    summary="It is over",
    description="What is told of the same signals again opens nothing; new ones do. An incident that is over already "
    "is a 409. For role operator.",
    tags=["incidents"],
    responses=answer_example(INCIDENT | {"status": "resolved"}) | refusals(404, 409),
)
async def resolve(incident_id: str, key: AccessKey = OPERATOR) -> Incident:
    return _changed(incident_id, lambda board, incident, now_ms: handling.resolve(board, incident, key.name, now_ms))


@app.post(
    "/api/v1/incidents/{incident_id}/merge",
    operation_id="merge_incidents",
    summary="Others are part of it",
    description="The incidents named become part of this one, with what is still to come of them. One that is over "
    "cannot be merged (409). For role operator.",
    tags=["incidents"],
    responses=answer_example(INCIDENT) | refusals(404, 409, 422),
    dependencies=[OPERATOR],
)
async def merge(
    incident_id: str,
    wanted: Annotated[Merger, Body(openapi_examples={"one": {"value": MERGER}})],
) -> Incident:
    for other in dict.fromkeys(wanted.incident_ids):
        _changed(incident_id, partial(_merge, other), [other])
    return _known(incident_id)


@app.post(
    "/api/v1/incidents/{incident_id}/feedback",
    operation_id="judge_incident",
    summary="What it was, and what helped",
    description="In words (`feedback`), in fields (`cause_was_right`, `cause`, `helped`), or both; kept with the "
    "incident and on its time line; the last word counts. Once the incident is over it is remembered, and shown with "
    "incidents that are like it: GET /api/v1/rca/knowledge. For role operator.",
    tags=["incidents"],
    responses=answer_example(INCIDENT | FEEDBACK | {"lesson": LESSON}) | refusals(404, 422),
    dependencies=[OPERATOR],
)
async def feedback(
    incident_id: str,
    wanted: Annotated[
        IncidentFeedback, Body(openapi_examples={"helped": {"value": FEEDBACK | LESSON}, "words": {"value": FEEDBACK}})
    ],
) -> Incident:
    return _changed(incident_id, lambda board, incident, now_ms: handling.judge(board, incident, wanted.said, now_ms))


@app.get(
    "/api/v1/deployments",
    operation_id="list_deployments",
    summary="The deployments, newest first",
    description="As they were told of; each stands on the time line of every incident near it. For role viewer.",
    tags=["incidents"],
    responses=answer_example({"items": [DEPLOYMENT], "cursor": None}) | refusals(422),
    dependencies=[VIEWER],
)
async def list_deployments(service: Service = None, limit: Limit = 100, cursor: Cursor = None) -> DeploymentPage:
    page = bounded(lambda most: wiring.incidents().deployments(service, most, cursor), limit)
    return DeploymentPage(items=[Deployment.of(one) for one in page.items], cursor=page.cursor)


def _known(incident_id: str) -> Incident:
    found = wiring.incidents().get(incident_id)
    if found is None:
        raise NotFound(f"There is no incident {incident_id}. GET /api/v1/incidents lists them.")
    return found


def _merge(other: str, board: Board, incident: Incident, now_ms: int) -> Outcome:
    return handling.merge(board, (incident, _known(other)), now_ms, caseload.rules())


def _changed(incident_id: str, work: Callable[[Board, Incident, int], Outcome], beside: Sequence[str] = ()) -> Incident:
    """The incident after the work, which needs it and those beside it on the board.

    Whatever else happens to it meanwhile comes before or after.
    """

    def on_the_board(board: Board, cabinet: Cabinet, now_ms: int) -> Outcome:
        incident, *others = (_known(name) for name in (incident_id, *beside))
        return work(cabinet.with_incidents(board, [incident, *others]), incident, now_ms)

    caseload.work_round_with_drawers(on_the_board)
    return _known(incident_id)
