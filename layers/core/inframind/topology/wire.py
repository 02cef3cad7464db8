"""What crosses the wire about calls between services."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from inframind.records import Moment, from_ms
from inframind.topology.call_graph import Edge
from inframind.topology.listing import ListedCall, Source
from inframind.topology.naming import NAME_CHARS, wrong_with

MOST_AT_ONCE = 100  # calls of a request: each change is a record of the audit
VERSION = "5b1e0c77a4d2"
CALL: dict[str, Any] = {
    "caller": "web",
    "callee": "auth",
    "source": "learned",
    "denied": False,
    "last_seen": "2026-01-11T10:30:00Z",
    "declared_by": None,
    "declared_at": None,
}
SAID: dict[str, Any] = CALL | {
    "callee": "search",
    "source": "declared",
    "last_seen": None,
    "declared_by": "0123456789ab",
    "declared_at": "2026-01-11T09:00:00Z",
}
TOPOLOGY: dict[str, Any] = {
    "version": VERSION,
    "nodes": [
        {"service": "auth", "callers": 1, "callees": 0},
        {"service": "search", "callers": 1, "callees": 0},
        {"service": "web", "callers": 0, "callees": 2},
    ],
    "edges": [CALL, SAID],
}
WANTED: dict[str, Any] = {
    "edges": [
        {"caller": "web", "callee": "search"},
        {"caller": "web", "callee": "ledger", "state": "denied"},
    ],
    "version": VERSION,
}
KEPT: dict[str, Any] = {
    "version": "c09d4415e2f8",
    "edges": [SAID | {"callee": "ledger", "denied": True}, SAID],
}


def _service(name: str) -> str:
    if wrong := wrong_with(name):
        raise ValueError(wrong)
    return name


Service = Annotated[str, Field(max_length=NAME_CHARS), AfterValidator(_service)]


class EdgeWanted(BaseModel):
    """One call, as somebody declares or denies it."""

    model_config = ConfigDict(extra="forbid")

    caller: Service = Field(description="The service that calls, under the name that its signals and series have.")
    callee: Service = Field(description="The service that is called.")
    state: Literal["declared", "denied"] = Field(
        "declared", description="`denied`: there is no such call, whatever series tell and the deployment configures."
    )

    @model_validator(mode="after")
    def _between_two(self) -> "EdgeWanted":
        if self.caller == self.callee:
            raise ValueError("a service needs no call to belong to itself")
        return self


class EdgesWanted(BaseModel):
    """What is to hold of these calls; what is said of others stays."""

    model_config = ConfigDict(extra="forbid")

    edges: list[EdgeWanted] = Field(min_length=1, max_length=MOST_AT_ONCE)
    version: str | None = Field(
        None, max_length=64, description="That was read: 409 if people have said anything else since. Null: whatever."
    )

    @model_validator(mode="after")
    def _of_one_mind(self) -> "EdgesWanted":
        states: dict[Edge, str] = {}
        for one in self.edges:
            if states.setdefault((one.caller, one.callee), one.state) != one.state:
                raise ValueError(f"'{one.caller}' calling '{one.callee}' is both declared and denied")
        return self

    @property
    def denials(self) -> dict[Edge, bool]:
        """Whether each of the calls is denied."""
        return {(one.caller, one.callee): one.state == "denied" for one in self.edges}


class CallEdge(BaseModel):
    """One call between services."""

    caller: str
    callee: str
    source: Source = Field(
        description="`declared`: somebody said so, or denied it; else `configured`: by the parameter ServiceCalls; "
        "else `learned` from the labels of series."
    )
    denied: bool = Field(description="Whether somebody says that there is no such call: it joins nothing.")
    last_seen: Moment | None = Field(description="When series last told of it, to about a day; null: none did.")
    declared_by: str | None = Field(description="Id of the key it was declared or denied with.")
    declared_at: Moment | None

    @classmethod
    def of(cls, call: ListedCall) -> "CallEdge":
        """The call as it is shown."""
        said = call.said
        return cls(
            caller=call.edge[0],
            callee=call.edge[1],
            source=call.source,
            denied=call.is_denied,
            last_seen=None if call.seen_ms is None else from_ms(call.seen_ms),
            declared_by=said.by if said else None,
            declared_at=from_ms(said.at_ms) if said else None,
        )


class ServiceNode(BaseModel):
    """A service, and how many call it and are called by it, the denied ones not counted."""

    service: str
    callers: int
    callees: int


class Topology(BaseModel):
    """Who calls whom."""

    model_config = ConfigDict(json_schema_extra={"examples": [TOPOLOGY]})

    version: str = Field(description="Of what people say: another one as soon as they say anything else.")
    nodes: list[ServiceNode] = Field(description="The services of the edges, by name.")
    edges: list[CallEdge] = Field(description="The calls, by caller and callee.")

    @classmethod
    def of(cls, version: str, shown: Sequence[ListedCall], every: Sequence[ListedCall]) -> "Topology":
        """The calls that are to be shown, and their services with the numbers of all their calls."""
        callees = Counter(one.edge[0] for one in every if not one.is_denied)
        callers = Counter(one.edge[1] for one in every if not one.is_denied)
        names = sorted({name for one in shown for name in one.edge})
        nodes = [ServiceNode(service=name, callers=callers[name], callees=callees[name]) for name in names]
        return cls(version=version, nodes=nodes, edges=[CallEdge.of(one) for one in shown])


class EdgesKept(BaseModel):
    """The calls of the request as they are now."""

    model_config = ConfigDict(json_schema_extra={"examples": [KEPT]})

    version: str
    edges: list[CallEdge]
