"""The routes of incidents: what is open, and what people do to it."""

from datetime import timedelta
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body

from inframind import wiring
from inframind.http.app import needs, refusals
from inframind.http.bounding import bounded
from inframind.http.examples import answer_example
from inframind.http.incidents.incident_examples import ACKNOWLEDGEMENT, FEEDBACK, INCIDENT, LESSON, MERGER, listed
from inframind.http.incidents.incident_wire import Acknowledgement, IncidentFeedback, IncidentPage, Merger, Service
from inframind.http.paging import Cursor, Limit
from inframind.incidents import handling
from inframind.incidents.board import Board
from inframind.incidents.outcome import Outcome
from inframind.ports.incidents import IncidentQuery
from inframind.records import AccessKey, Role, from_ms
from inframind.signals import Incident, IncidentSeverity, IncidentStatus
from inframind.usecases.damage import reported
from inframind.usecases.incidents import rounds
from inframind.usecases.incidents.commands import changed, known

VIEWER, OPERATOR = needs(Role.VIEWER), needs(Role.OPERATOR)

router = APIRouter(tags=["incidents"])


@router.get(
    "/api/v1/incidents",
    operation_id="list_incidents",
    summary="The incidents, newest first",
    description="Without their signals and time lines; ask for one to see them. With a filter that few match, a page "
    "may be short and yet have a cursor. For role viewer.",
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
    reported(page, "incident", "incidents")
    return IncidentPage(items=list(page.items), cursor=page.cursor)


@router.get(
    "/api/v1/incidents/{incident_id}",
    operation_id="get_incident",
    summary="One incident",
    description="Its signals (the worst hundred; `signal_count` counts all), its story, who is suspected and why, and "
    "the analysis, whose claims cite the signals they rest on. For role viewer.",
    responses=answer_example(INCIDENT) | refusals(404, 409),
    dependencies=[VIEWER],
)
async def get_incident(incident_id: str) -> Incident:
    return known(incident_id)


@router.post(
    "/api/v1/incidents/{incident_id}/ack",
    operation_id="acknowledge_incident",
    summary="Somebody is at it",
    description="Until the time is over; then the incident is open again. Acknowledged again, the new time counts. "
    "An incident that is over cannot be (409). For role operator.",
    responses=answer_example(INCIDENT | {"status": "acknowledged"}) | refusals(404, 409, 422),
)
async def acknowledge(
    incident_id: str,
    wanted: Annotated[Acknowledgement, Body(openapi_examples={"an hour": {"value": ACKNOWLEDGEMENT}})],
    key: AccessKey = OPERATOR,
) -> Incident:
    span = timedelta(minutes=wanted.minutes)
    return changed(
        incident_id,
        lambda board, incident, now_ms: handling.acknowledge(board, incident, key.name, from_ms(now_ms) + span, now_ms),
    )


@router.post(
    "/api/v1/incidents/{incident_id}/resolve",
    operation_id="resolve_incident",
    summary="It is over",
    description="What is told of the same signals again opens nothing; new ones do. An incident that is over already "
    "is a 409. For role operator.",
    responses=answer_example(INCIDENT | {"status": "resolved"}) | refusals(404, 409),
)
async def resolve(incident_id: str, key: AccessKey = OPERATOR) -> Incident:
    return changed(incident_id, lambda board, incident, now_ms: handling.resolve(board, incident, key.name, now_ms))


@router.post(
    "/api/v1/incidents/{incident_id}/merge",
    operation_id="merge_incidents",
    summary="Others are part of it",
    description="The incidents named become part of this one, with what is still to come of them. One that is over "
    "cannot be merged (409). For role operator.",
    responses=answer_example(INCIDENT) | refusals(404, 409, 422),
    dependencies=[OPERATOR],
)
async def merge(
    incident_id: str,
    wanted: Annotated[Merger, Body(openapi_examples={"one": {"value": MERGER}})],
) -> Incident:
    for other in dict.fromkeys(wanted.incident_ids):
        changed(incident_id, partial(_merge, other), [other])
    return known(incident_id)


@router.post(
    "/api/v1/incidents/{incident_id}/feedback",
    operation_id="judge_incident",
    summary="What it was, and what helped",
    description="In words (`feedback`), in fields (`cause_was_right`, `cause`, `helped`), or both; kept with the "
    "incident and on its time line; the last word counts. Once the incident is over it is remembered, and shown with "
    "incidents that are like it: GET /api/v1/rca/knowledge. For role operator.",
    responses=answer_example(INCIDENT | FEEDBACK | {"lesson": LESSON}) | refusals(404, 409, 422),
    dependencies=[OPERATOR],
)
async def feedback(
    incident_id: str,
    wanted: Annotated[
        IncidentFeedback, Body(openapi_examples={"helped": {"value": FEEDBACK | LESSON}, "words": {"value": FEEDBACK}})
    ],
) -> Incident:
    return changed(incident_id, lambda board, incident, now_ms: handling.judge(board, incident, wanted.said, now_ms))


def _merge(other: str, board: Board, incident: Incident, now_ms: int) -> Outcome:
    return handling.merge(board, (incident, known(other)), now_ms, rounds.rules())
