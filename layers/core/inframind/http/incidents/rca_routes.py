"""The routes of root causes: analysis on demand, open problems, and what may help."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse

from inframind import wiring
from inframind.errors import Conflict, NotFound, Rejected
from inframind.http.app import needs, refusals
from inframind.http.examples import answer_example
from inframind.http.incidents.rca_examples import FINDING, ISSUE, QUEUED, REMEDY, SIGNALS, WANTED, WINDOW
from inframind.http.incidents.rca_wire import AnalysisWanted, Finding, Issue, IssuePage, Queued, Remedies
from inframind.http.paging import Limit
from inframind.incidents.analyst import remedies
from inframind.incidents.analyst.on_demand import found_in, imagined
from inframind.incidents.board import Board
from inframind.incidents.diagnosis import diagnosed
from inframind.incidents.knowledge.similarity import recalled
from inframind.ports.detection import AnomalyQuery
from inframind.records import Role
from inframind.settings import settings
from inframind.signals import Incident, Signal
from inframind.usecases import clock
from inframind.usecases.damage import reported
from inframind.usecases.incidents import kept, rounds
from inframind.usecases.incidents.commands import known

WINDOW_S = timedelta(hours=1)  # of a resource, if no time is given
MOST = 100  # anomalies, and deployments, of a resource that are looked at
Viewer, Operator = needs(Role.VIEWER), needs(Role.OPERATOR)
EXAMPLES: dict[str, Any] = {
    "an incident": {"value": WANTED},
    "signals": {"value": SIGNALS},
    "a resource": {"value": WINDOW},
    "an incident, by the language model": {"value": WANTED | {"analyst": "model"}},
}

router = APIRouter(prefix="/api/v1/rca", tags=["incidents"])


@router.post(
    "/analyze",
    operation_id="analyze_cause",
    summary="Who caused it, on demand",
    description="Of an incident, of signals, or of what was found at a resource between `start` and `end` (the last "
    "hour unless told): who is suspected, the analysis by rules, and what is like it. With `analyst: model` the "
    "language model is asked about an incident, within its limits: the answer is 202, and an analysis that can be "
    "believed will be on the incident. Without a model that is a 409. For role operator.",
    response_model=Finding,
    responses=answer_example(FINDING)
    | {202: {"model": Queued} | answer_example(QUEUED, 202)[202]}
    | refusals(404, 409, 422),
    dependencies=[Operator],
)
async def analyze(wanted: Annotated[AnalysisWanted, Body(openapi_examples=EXAMPLES)]) -> Finding | JSONResponse:
    if wanted.incident_id is not None and wanted.analyst == "model":
        return JSONResponse(_queued(wanted.incident_id).model_dump(), 202)
    incident = _asked_of(wanted)
    analysed = incident if wanted.incident_id else diagnosed(incident, rounds.rules())
    assert analysed.analysis is not None  # rules always give one
    return Finding(
        incident_id=wanted.incident_id,
        signal_count=analysed.signal_count,
        suspects=list(analysed.suspects),
        analysis=analysed.analysis,
        similar=list(recalled(analysed, kept.knowledge())),
    )


@router.get(
    "/issues",
    operation_id="list_issues",
    summary="Open problems with their causes",
    description="The incidents that are not over, newest first, with their probable cause and what is like them; "
    "`total` counts them all. Where more than five hundred are open, those without a sign for longest are counted "
    "only: GET /api/v1/incidents lists them. For role viewer.",
    responses=answer_example({"items": [ISSUE], "total": 1}) | refusals(422),
    dependencies=[Viewer],
)
async def list_issues(limit: Limit = 25) -> IssuePage:
    board = _board()
    names = [one.id for one in sorted(board.open.values(), key=lambda one: (-one.opened_ms, one.id))][:limit]
    found = kept.incidents(names)
    items = [Issue.of(found[name]) for name in names if name in found]
    return IssuePage(items=items, total=len(board.open) + board.away)


@router.get(
    "/remediation",
    operation_id="list_remedies",
    summary="What may help",
    description="Of an incident (`incident_id`): what its analysis recommends, and what helped with incidents like it. "
    "Of a cause in words (`cause`): what helped where the same words were used, and what rules say. Nothing is done. "
    "For role viewer.",
    responses=answer_example({"items": [REMEDY]}) | refusals(404, 409, 422),
    dependencies=[Viewer],
)
async def list_remedies(
    incident_id: Annotated[str | None, Query(max_length=512)] = None,
    cause: Annotated[str | None, Query(min_length=1, max_length=500, description="In words.")] = None,
) -> Remedies:
    if (incident_id is None) == (cause is None):
        raise Rejected("Name either incident_id or cause.")
    if incident_id is not None:
        return Remedies(items=list(remedies.for_incident(_remembering(known(incident_id)))))
    return Remedies(items=list(remedies.for_cause(cause or "", kept.knowledge())))


def _queued(incident_id: str) -> Queued:
    if not settings().names_a_model:
        raise Conflict("No language model is configured; the analysis by rules is on the incident.")
    name = known(incident_id).id
    wiring.analysis_queue().ask(name, is_asked_for=True)
    return Queued(incident_id=name, poll=f"/api/v1/incidents/{name}")


def _asked_of(wanted: AnalysisWanted) -> Incident:
    if wanted.incident_id is not None:
        return known(wanted.incident_id)
    signals = [one.signal() for one in wanted.signals or ()] or _found_at(wanted)
    return imagined(signals, clock.now())


def _found_at(wanted: AnalysisWanted) -> list[Signal]:
    """The anomalies of a resource within a time, and the deployments of the services that they concern."""
    end = wanted.end or clock.now()
    start = wanted.start or end - WINDOW_S
    query = AnomalyQuery(resource=wanted.resource_id, since=start, until=end)
    anomalies = wiring.anomalies().list(query, MOST).items
    services = {wanted.resource_id or "", *(one.service for one in found_in(anomalies, (), start))}
    deployments = [one for name in sorted(services) for one in _deployments(name)]
    signals = found_in(anomalies, [one for one in deployments if one.observed_at < end], start)
    if not any(one.kind != "deployment" for one in signals):
        raise NotFound(f"Nothing was found at {wanted.resource_id} between {start:%FT%TZ} and {end:%FT%TZ}.")
    return signals


def _deployments(service: str) -> Sequence[Signal]:
    return reported(wiring.incidents().deployments(service, MOST), "deployment", "incidents").items


def _remembering(incident: Incident) -> Incident:
    return incident.model_copy(update={"similar": recalled(incident, kept.knowledge())})


def _board() -> Board:
    return kept.board()[0]
