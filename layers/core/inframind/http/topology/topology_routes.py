"""The routes of the topology: who calls whom, and what people say of that."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response

from inframind import wiring
from inframind.errors import Conflict, NotFound, Rejected
from inframind.http.app import needs, refusals
from inframind.http.audit import record_change
from inframind.http.examples import answer_example
from inframind.records import AccessKey, CallAction, Role, from_ms, rfc3339
from inframind.settings import settings
from inframind.topology.call_graph import MOST, MOST_SAID, CallGraph, Edge
from inframind.topology.listing import ListedCall, around, configured, listed
from inframind.topology.naming import NAME_CHARS
from inframind.topology.wire import KEPT, TOPOLOGY, WANTED, CallEdge, EdgesKept, EdgesWanted, Topology
from inframind.usecases.clock import now_ms
from inframind.usecases.topology.call_graph import opened, revised

MOST_STEPS = 20  # from a service; a way through more than so many is none that anybody follows
Viewer, Operator = needs(Role.VIEWER), needs(Role.OPERATOR)
NAME: dict[str, Any] = {"min_length": 1, "max_length": NAME_CHARS}
SHOWING: dict[str, Any] = {"responses": answer_example(TOPOLOGY) | refusals(422), "dependencies": [Viewer]}

router = APIRouter(tags=["topology"])


@router.get(
    "/api/v1/topology",
    operation_id="topology",
    summary="Who calls whom",
    description="Every service of which a call is known, and every call: learnt from the labels of series, declared by "
    f"people, or configured. It is whole, not paged: at most {MOST:,} calls are learnt and {MOST_SAID:,} declared or "
    "denied. With `service`, what leads to it and away from it. For role viewer.",
    **SHOWING,
)
@router.get(
    "/api/topology",
    operation_id="topology_alias",
    summary="The same as /api/v1/topology",
    description="The same answer.",
    **SHOWING,
)
async def topology(
    service: Annotated[str | None, Query(description="Around this one.", **NAME)] = None,
    depth: Annotated[int, Query(ge=1, le=MOST_STEPS, description="Steps from `service`, each way.")] = 1,
) -> Topology:
    graph = opened(wiring.calls().load())
    every = _listed(graph)
    return Topology.of(graph.edition, around(every, service, depth) if service else every, every)


@router.put(
    "/api/v1/topology/edges",
    operation_id="declare_edges",
    summary="Say who calls whom, or who does not",
    description="What the body says of each call holds from now on, in the place of what was said of it before; what "
    "is said of other calls stays. So sending it again changes nothing. Signals of services that turn out to call each "
    "other are grouped anew; a denial parts no incident that there is, and is kept to until it is taken back. With the "
    "`version` that was read, nothing is changed if somebody has said anything since (409). For role operator.",
    responses=answer_example(KEPT) | refusals(409, 422),
)
async def declare_edges(
    wanted: Annotated[EdgesWanted, Body(openapi_examples={"a call, and one that is none": {"value": WANTED}})],
    caller: Annotated[AccessKey, Operator],
) -> EdgesKept:
    at, noted = now_ms(), set[Edge]()

    def said(graph: CallGraph) -> CallGraph:
        after = graph.with_said(wanted.denials, caller.id, at)
        if after is not graph and wanted.version not in (None, graph.edition):
            raise Conflict(f"What people say of calls has version {graph.edition} by now. Read it again.")
        for edge in sorted(edge for edge, one in after.said.items() if graph.said.get(edge) != one):
            _note(caller, "call.denied" if wanted.denials[edge] else "call.declared", (edge, graph), noted)
        return after

    _, graph = revised(said)
    wiring.signal_queue().regroup()  # though nothing has changed: word of it may have been lost the first time
    kept = [CallEdge.of(one) for one in _listed(graph) if one.edge in wanted.denials]
    return EdgesKept(version=graph.edition, edges=kept)


@router.delete(
    "/api/v1/topology/edges",
    operation_id="forget_edge",
    summary="Forget a call, or what was said of it",
    description="A declaration or a denial is taken back, and what was learnt is forgotten; what series still tell of "
    "is learnt again within the hour. 409 where only the parameter ServiceCalls knows of it. For role operator.",
    status_code=204,
    response_class=Response,
    responses=refusals(404, 409, 422),
)
async def forget_edge(
    caller: Annotated[str, Query(description="The service that calls.", **NAME)],
    callee: Annotated[str, Query(description="The service that is called.", **NAME)],
    key: Annotated[AccessKey, Operator],
) -> Response:
    edge, noted = (caller, callee), set[Edge]()

    def forgotten(graph: CallGraph) -> CallGraph:
        after = graph.without(edge)
        if after is not graph:
            _note(key, "call.forgotten", (edge, graph), noted)
        return after

    before, after = revised(forgotten)
    wiring.signal_queue().regroup()  # as above
    if after is before:
        raise _unknown(edge)
    return Response(status_code=204)


def _listed(graph: CallGraph) -> tuple[ListedCall, ...]:
    return listed(graph, configured(settings().service_calls), now_ms())


def _note(key: AccessKey, action: CallAction, about: tuple[Edge, CallGraph], noted: set[Edge]) -> None:
    """Keeps who says what of a call, and what was known of it; once, however often the graph has to be written."""
    edge, graph = about
    if edge not in noted:
        record_change(key, action, f"{edge[0]}>{edge[1]}", _known(edge, graph))
        noted.add(edge)


def _known(edge: Edge, graph: CallGraph) -> str:
    """What the graph knows of a call, in words."""
    if edge in graph.said:
        return f"was {'denied' if graph.said[edge].is_denied else 'declared'} by {graph.said[edge].by}"
    return f"was learned, last at {rfc3339(from_ms(graph.seen[edge]))}" if edge in graph.seen else "was not known"


def _unknown(edge: Edge) -> Rejected:
    if edge in configured(settings().service_calls):
        return Conflict(
            f"The parameter ServiceCalls says that '{edge[0]}' calls '{edge[1]}'. Take it out there, or deny the call "
            "with PUT /api/v1/topology/edges."
        )
    return NotFound(f"No call from '{edge[0]}' to '{edge[1]}' is known. GET /api/v1/topology shows those that are.")
