"""The routes of escalations: which incidents go to whom, and to whom next when nobody acknowledges."""

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
from inframind.notification.escalations import Escalation, EscalationWanted
from inframind.records import AccessKey, Role
from inframind.usecases import clock
from inframind.usecases.damage import readable, reported

WANTED: dict[str, Any] = {
    "name": "payments, day and night",
    "enabled": True,
    "match": {"severities": ["high", "critical"], "services": ["payment-*"], "labels": {"environment": "prod*"}},
    "steps": [
        {"after_seconds": 0, "channels": ["4d2f9a1c07be"]},
        {"after_seconds": 600, "channels": ["91c3de0a55f2"]},
    ],
    "repeat_seconds": 14400,
}
KEPT = {"id": "7be04d2f9a1c", "created_at": "2026-01-11T10:30:00Z", "updated_at": "2026-01-11T10:30:00Z"}
ESCALATION = WANTED | KEPT
PAGE: dict[str, Any] = {"items": [ESCALATION], "cursor": None}
RULES = (
    "All escalations that match an incident count; from the first one on, an incident that matches none is told to "
    "nobody. The first step is told when it opens; each further one when nobody "
    "has acknowledged for `after_seconds`. When an acknowledgement runs out, the steps start anew. Everybody who was "
    "told hears of what changes, and of the end."
)
Viewer, Operator = needs(Role.VIEWER), needs(Role.OPERATOR)


class EscalationPage(BaseModel):
    """Escalations by id."""

    model_config = ConfigDict(json_schema_extra={"examples": [PAGE]})

    items: list[Escalation]
    cursor: str | None = Field(description="Where the next page starts; null on the last.")


router = APIRouter(prefix="/api/v1/notifications/escalations", tags=["notification"])


@router.get(
    "",
    operation_id="list_escalations",
    summary="Who is told of what, and who next",
    description=f"By id, a page at a time. {RULES} For role viewer.",
    responses=answer_example(PAGE) | refusals(422),
    dependencies=[Viewer],
)
async def list_escalations(limit: Limit = 100, cursor: Cursor = None) -> EscalationPage:
    page = reported(wiring.escalations().list(limit, cursor), "escalation")
    return EscalationPage(items=list(page.items), cursor=page.cursor)


@router.get(
    "/{escalation_id}",
    operation_id="get_escalation",
    summary="One escalation",
    description="With everything it asks, defaults included. For role viewer.",
    responses=answer_example(ESCALATION) | refusals(404, 409),
    dependencies=[Viewer],
)
async def get_escalation(escalation_id: str) -> Escalation:
    return crud.found(wiring.escalations(), escalation_id, "escalation")


@router.post(
    "",
    operation_id="create_escalation",
    summary="Add an escalation",
    description=f"{RULES} For role operator.",
    status_code=201,
    openapi_extra=body_example(WANTED),
    responses=answer_example(ESCALATION, 201) | refusals(409, 422),
)
async def create_escalation(
    wanted: EscalationWanted,
    caller: Annotated[AccessKey, Operator],
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Escalation:
    _check_channels(wanted)
    escalation = Escalation(**dict(wanted), **crud.creation_fields(caller, idempotency_key))
    if wiring.escalations().get(escalation.id) is None:
        record_change(caller, "escalation.created", escalation.id, _told(escalation))
    kept = crud.create(wiring.escalations(), escalation, "escalation")
    response.headers["location"] = f"/api/v1/notifications/escalations/{kept.id}"
    return kept


@router.put(
    "/{escalation_id}",
    operation_id="replace_escalation",
    summary="Replace an escalation",
    description="What the body leaves out takes its default. For role operator.",
    openapi_extra=body_example(WANTED),
    responses=answer_example(ESCALATION) | refusals(404, 409, 422),
)
async def replace_escalation(
    escalation_id: str, wanted: EscalationWanted, caller: Annotated[AccessKey, Operator]
) -> Escalation:
    before = crud.found(wiring.escalations(), escalation_id, "escalation")
    _check_channels(wanted)
    times = {"created_at": before.created_at, "updated_at": clock.now()}
    escalation = Escalation(**dict(wanted), id=escalation_id, **times)
    record_change(caller, "escalation.changed", escalation_id, _told(escalation))
    if not wiring.escalations().replace(escalation):
        raise crud.not_found(escalation_id, "escalation")
    return escalation


@router.delete(
    "/{escalation_id}",
    operation_id="delete_escalation",
    summary="Delete an escalation",
    description="After the last one, every channel is told of every incident again. For role operator.",
    status_code=204,
    response_class=Response,
    responses=refusals(404, 409),
)
async def delete_escalation(escalation_id: str, caller: Annotated[AccessKey, Operator]) -> Response:
    escalation = crud.found(wiring.escalations(), escalation_id, "escalation")
    record_change(caller, "escalation.deleted", escalation_id, _told(escalation))
    if not wiring.escalations().delete(escalation_id):
        raise crud.not_found(escalation_id, "escalation")
    return Response(status_code=204)


def _check_channels(wanted: EscalationWanted) -> None:
    there = {one.id for one in readable(wiring.channels(), "channel")}
    faults = [
        Fault(f"body.steps.{number}.channels", f"there is no channel {channel}")
        for number, step in enumerate(wanted.steps)
        for channel in step.channels
        if channel not in there
    ]
    if faults:
        raise Rejected("An escalation can only name channels that there are.", faults)


def _told(escalation: Escalation) -> str:
    """The escalation in a line, for the audit."""
    channels = ", ".join(name for step in escalation.steps for name in step.channels)
    return f"'{escalation.name}', tells {channels}"
