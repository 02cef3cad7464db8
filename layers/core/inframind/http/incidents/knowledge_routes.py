"""The routes of what was learnt: listed, looked for, added, forgotten."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from inframind import wiring
from inframind.errors import Conflict
from inframind.http import crud
from inframind.http.app import needs, refusals
from inframind.http.crud import IdempotencyKey
from inframind.http.examples import answer_example, body_example
from inframind.http.incidents.rca_examples import ENTRY, LEARNT
from inframind.http.incidents.rca_wire import KnowledgeFound, KnowledgePage, KnowledgeWanted
from inframind.http.paging import Cursor, Limit
from inframind.incidents.knowledge.entries import Knowledge
from inframind.incidents.knowledge.similarity import alike, searched
from inframind.incidents.knowledge.traits import traits
from inframind.records import AccessKey, Role
from inframind.usecases.damage import reported
from inframind.usecases.incidents import kept
from inframind.usecases.incidents.commands import known

Viewer, Operator = needs(Role.VIEWER), needs(Role.OPERATOR)

router = APIRouter(prefix="/api/v1/rca/knowledge", tags=["incidents"])


@router.get(
    "",
    operation_id="list_knowledge",
    summary="What was learnt",
    description="Newest first; or what is looked for, most alike first, of the newest thousand: by words (`q`), by an "
    "incident that it is like (`incident_id`), by a service. For role viewer.",
    responses=answer_example({"items": [ENTRY | {"score": None, "shared": []}], "cursor": None})
    | refusals(404, 409, 422),
    dependencies=[Viewer],
)
async def list_knowledge(
    q: Annotated[str | None, Query(max_length=500, description="Words.")] = None,
    incident_id: Annotated[str | None, Query(max_length=512, description="Like this incident.")] = None,
    service: Annotated[str | None, Query(max_length=512, description="Of this service.")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> KnowledgePage:
    if q is None and incident_id is None and service is None:
        page = reported(wiring.knowledge().list(limit, cursor), "knowledge", "incidents")
        return KnowledgePage(items=[KnowledgeFound(**dict(one)) for one in page.items], cursor=page.cursor)
    entries = [one for one in kept.knowledge() if service in (None, *one.services)]
    if incident_id is not None:
        found = alike(traits(known(incident_id)), entries)
        entries = [one.entry for one in found]
    if q is not None:
        found = searched(q, entries)
    if q is None and incident_id is None:
        return KnowledgePage(items=[KnowledgeFound(**dict(one)) for one in entries[:limit]], cursor=None)
    return KnowledgePage(items=[KnowledgeFound.of(one) for one in found[:limit]], cursor=None)


@router.post(
    "",
    operation_id="add_knowledge",
    summary="Add what you know",
    description="A cause, what helped, and what it is recognised by: services, metrics, alerts, log lines. It is shown "
    "with incidents that are like it. What is learnt from incidents with feedback comes by itself. For role operator.",
    status_code=201,
    openapi_extra=body_example(LEARNT),
    responses=answer_example(ENTRY, 201) | refusals(409, 422),
)
async def add_knowledge(
    wanted: KnowledgeWanted,
    caller: Annotated[AccessKey, Operator],
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Knowledge:
    born = crud.creation_fields(caller, idempotency_key)
    entry = wanted.entry(caller.id, born["id"], born["created_at"])
    known = kept.entry(entry.id)
    if known is None:
        wiring.knowledge().put(entry)
    elif known.model_copy(update={"at": entry.at}) != entry:
        raise Conflict(f"This Idempotency-Key made entry {entry.id}, which is different.")
    response.headers["location"] = f"/api/v1/rca/knowledge/{entry.id}"
    return known or entry


@router.get(
    "/{knowledge_id}",
    operation_id="get_knowledge",
    summary="One entry",
    description="The cause, what helped, and what it is found again by. For role viewer.",
    responses=answer_example(ENTRY) | refusals(404, 409),
    dependencies=[Viewer],
)
async def get_knowledge(knowledge_id: str) -> Knowledge:
    found = kept.entry(knowledge_id)
    if found is None:
        raise crud.not_found(knowledge_id, "entry")
    return found


@router.delete(
    "/{knowledge_id}",
    operation_id="delete_knowledge",
    summary="Forget an entry",
    description="It is shown with no incident any more, except where it is already. For role operator.",
    status_code=204,
    response_class=Response,
    responses=refusals(404),
    dependencies=[Operator],
)
async def delete_knowledge(knowledge_id: str) -> Response:
    if not wiring.knowledge().delete(knowledge_id):
        raise crud.not_found(knowledge_id, "entry")
    return Response(status_code=204)
