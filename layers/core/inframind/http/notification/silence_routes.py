"""The routes of silences and maintenance windows: what nobody is told of for a while."""

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from inframind import wiring
from inframind.errors import Fault, Rejected
from inframind.http import crud
from inframind.http.app import needs, refusals
from inframind.http.audit import record_change
from inframind.http.crud import IdempotencyKey
from inframind.http.examples import answer_example, body_example
from inframind.http.paging import Cursor, Limit
from inframind.notification.silences import Silence, SilenceWanted
from inframind.records import AccessKey, Role, rfc3339
from inframind.usecases import clock
from inframind.usecases.damage import reported

WANTED: dict[str, Any] = {
    "comment": "patching the databases",
    "match": {"severities": [], "services": ["db-*"], "labels": {}},
    "starts_at": "2026-02-01T22:00:00Z",
    "ends_at": "2099-12-31T00:00:00Z",  # an example is taken whenever it is tried
    "weekly": [{"days": ["sun"], "start": "22:00", "end": "02:00"}],
    "time_zone": "Europe/Berlin",
}
KEPT = {
    "id": "0a55f291c3de",
    "created_by": "0123456789ab",
    "created_at": "2026-01-11T10:30:00Z",
    "updated_at": "2026-01-11T10:30:00Z",
}
SILENCE = WANTED | KEPT
PAGE: dict[str, Any] = {"items": [SILENCE], "cursor": None}
RULES = (
    "While a silence is in force, nobody is told of the incidents it matches; whoever knows of one is still told that "
    "it is over. An incident that is still open when the silence ends is told then."
)
Viewer, Operator = needs(Role.VIEWER), needs(Role.OPERATOR)


class SilencePage(BaseModel):
    """Silences by id."""

    model_config = ConfigDict(json_schema_extra={"examples": [PAGE]})

    items: list[Silence]
    cursor: str | None = Field(description="Where the next page starts; null on the last.")


router = APIRouter(prefix="/api/v1/silences", tags=["notification"])


@router.get(
    "",
    operation_id="list_silences",
    summary="What nobody is told of",
    description="By id, a page at a time, ended ones included until they are deleted. For role viewer.",
    responses=answer_example(PAGE) | refusals(422),
    dependencies=[Viewer],
)
async def list_silences(limit: Limit = 100, cursor: Cursor = None) -> SilencePage:
    page = reported(wiring.silences().list(limit, cursor), "silence")
    return SilencePage(items=list(page.items), cursor=page.cursor)


@router.get(
    "/{silence_id}",
    operation_id="get_silence",
    summary="One silence",
    description="Who made it, why, and when it is in force. For role viewer.",
    responses=answer_example(SILENCE) | refusals(404, 409),
    dependencies=[Viewer],
)
async def get_silence(silence_id: str) -> Silence:
    return crud.found(wiring.silences(), silence_id, "silence")


@router.post(
    "",
    operation_id="create_silence",
    summary="Silence some incidents",
    description=f"{RULES} It has an end in the future, or weekly hours: a maintenance window. For role operator.",
    status_code=201,
    openapi_extra=body_example(WANTED),
    responses=answer_example(SILENCE, 201) | refusals(409, 422),
)
async def create_silence(
    wanted: SilenceWanted,
    caller: Annotated[AccessKey, Operator],
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Silence:
    silence = Silence(**dict(wanted), created_by=caller.id, **crud.creation_fields(caller, idempotency_key))
    if wiring.silences().get(silence.id) is None:
        _refuse_over(silence)
        record_change(caller, "silence.created", silence.id, _told(silence))
    kept = crud.create(wiring.silences(), silence, "silence")
    response.headers["location"] = f"/api/v1/silences/{kept.id}"
    return kept


@router.put(
    "/{silence_id}",
    operation_id="replace_silence",
    summary="Replace a silence",
    description="What the body leaves out takes its default. To end one now, delete it: an end in the past is "
    "refused, unless it is the one that is kept. For role operator.",
    openapi_extra=body_example(WANTED),
    responses=answer_example(SILENCE) | refusals(404, 409, 422),
)
async def replace_silence(silence_id: str, wanted: SilenceWanted, caller: Annotated[AccessKey, Operator]) -> Silence:
    before = crud.found(wiring.silences(), silence_id, "silence")
    born = {"id": silence_id, "created_by": before.created_by, "created_at": before.created_at}
    silence = Silence(**dict(wanted), **born, updated_at=clock.now())
    if silence.ends_at != before.ends_at:
        _refuse_over(silence)
    record_change(caller, "silence.changed", silence_id, _told(silence))
    if not wiring.silences().replace(silence):
        raise crud.not_found(silence_id, "silence")
    return silence


@router.delete(
    "/{silence_id}",
    operation_id="delete_silence",
    summary="End a silence",
    description="Incidents that it kept silent and that are still open are told within a minute. For role operator.",
    status_code=204,
    response_class=Response,
    responses=refusals(404, 409),
)
async def delete_silence(silence_id: str, caller: Annotated[AccessKey, Operator]) -> Response:
    silence = crud.found(wiring.silences(), silence_id, "silence")
    record_change(caller, "silence.deleted", silence_id, _told(silence))
    if not wiring.silences().delete(silence_id):
        raise crud.not_found(silence_id, "silence")
    return Response(status_code=204)


def _refuse_over(silence: Silence) -> None:
    if silence.ends_at and silence.is_over(silence.updated_at):
        now = rfc3339(silence.updated_at)
        fault = Fault("body.ends_at", f"lies in the past: it is {now}. To end a silence now, delete it.")
        raise Rejected("The silence would never silence anything.", [fault])


def _told(silence: Silence) -> str:
    """The silence in a line, for the audit."""
    match = silence.match
    what = [*match.severities, *match.services, *(f"{name}={value}" for name, value in match.labels.items())]
    end = f"until {rfc3339(silence.ends_at)}" if silence.ends_at else "weekly"
    return f"{', '.join(what) or 'everything'}, {end}: {silence.comment}"
