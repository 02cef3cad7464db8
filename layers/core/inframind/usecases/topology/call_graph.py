"""The call graph, read and revised by whoever has something to say of it: writers, correlators, people."""

from collections.abc import Callable

from inframind import wiring
from inframind.entry import logger
from inframind.errors import Conflict, Malformed, Unavailable
from inframind.ports.topology import StoredCalls
from inframind.topology.call_graph import CallGraph

MAX_TRIES = 10  # to write a graph that others write as well: each time one of them gets through

log = logger("topology")


def revised(work: Callable[[CallGraph], CallGraph]) -> tuple[CallGraph, CallGraph]:
    """The graph before and after the work, which is kept; the work is done again where someone else was faster.

    Where `work` returns the very graph that it was given, nothing is written. Raises what it raises.
    """
    for _ in range(MAX_TRIES):
        stored = wiring.calls().load()
        before = opened(stored)
        after = work(before)
        try:
            if after is not before:
                wiring.calls().save(after.to_bytes(), stored.version)
        except Conflict:
            continue
        return before, after
    raise Unavailable(f"The call graph was written by others {MAX_TRIES} times in succession.")


def opened(stored: StoredCalls) -> CallGraph:
    """The graph; a new one in the place of one that is damaged.

    What series tell is learnt again within the hour; what people said stands in the audit.
    """
    try:
        return CallGraph.from_bytes(stored.data) if stored.data else CallGraph()
    except Malformed as damage:
        log.error("call graph begun anew", reason=damage.detail)
        return CallGraph()
