"""Who calls whom as people look at it: every call with where it is known from, and what lies around one service."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from inframind.topology.call_graph import KEPT_MS, CallGraph, Edge, Said

Source = Literal["declared", "configured", "learned"]


@dataclass(frozen=True, slots=True)
class ListedCall:
    """One call: where it is known from, first of what people say, and when series last told of it, if they do."""

    edge: Edge
    source: Source
    seen_ms: int | None = None
    said: Said | None = None

    @property
    def is_denied(self) -> bool:
        """Whether somebody says that there is no such call."""
        return self.said is not None and self.said.is_denied


def configured(calls: str) -> frozenset[Edge]:
    """The calls that a deployment is configured with; what does not read as one is left out.

    >>> sorted(configured("web>auth, auth>db"))
    [('auth', 'db'), ('web', 'auth')]
    """
    pairs = (call.partition(">") for call in calls.replace(",", " ").split())
    return frozenset((caller, callee) for caller, sign, callee in pairs if caller and sign and callee)


def followed(graph: CallGraph, fixed: frozenset[Edge], now_ms: int) -> frozenset[Edge]:
    """The calls that signals are grouped by: those of the graph and the configured ones, but none that is denied."""
    return (fixed | graph.edges(now_ms)) - graph.denied


def listed(graph: CallGraph, fixed: frozenset[Edge], now_ms: int) -> tuple[ListedCall, ...]:
    """Every call, the denied ones among them, by caller and callee."""
    seen = {edge: at for edge, at in graph.seen.items() if now_ms - at < KEPT_MS}
    found = []
    for edge in sorted(seen.keys() | graph.said.keys() | fixed):
        source: Source = "declared" if edge in graph.said else "configured" if edge in fixed else "learned"
        found.append(ListedCall(edge, source, seen.get(edge), graph.said.get(edge)))
    return tuple(found)


def around(calls: Iterable[ListedCall], service: str, depth: int) -> tuple[ListedCall, ...]:
    """The calls on the ways of at most `depth` steps that lead to the service, and of those that lead away from it.

    A denied call is shown where a way comes by, and leads no further. O(depth times calls).

    >>> calls = [ListedCall(edge, "learned") for edge in (("web", "auth"), ("web", "cart"), ("auth", "db"))]
    >>> [one.edge for one in around(calls, "auth", 1)]
    [('web', 'auth'), ('auth', 'db')]
    """
    everything = tuple(calls)
    shown = _reached(everything, service, depth, 0) | _reached(everything, service, depth, 1)
    return tuple(one for one in everything if one.edge in shown)


def _reached(calls: tuple[ListedCall, ...], service: str, depth: int, near: int) -> set[Edge]:
    """The edges on the ways that begin at the service, which stands at the end `near` of the first of them."""
    shown: set[Edge] = set()
    known, front = {service}, {service}
    for _ in range(depth):
        step = [one for one in calls if one.edge[near] in front]
        shown |= {one.edge for one in step}
        front = {one.edge[1 - near] for one in step if not one.is_denied} - known
        known |= front
        if not front:
            break
    return shown
