"""Who calls whom, and how blame runs down the calls."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Graph = Mapping[str, Sequence[str]]

SETTLED = 1e-9  # of all blame


def reachable(graph: Graph, start: str) -> tuple[str, ...]:
    """`start` and everything it reaches by calls, nearest first: where a cause of its trouble can lie.

    >>> reachable({"web": ["db"], "db": [], "cron": ["db"]}, "web")
    ('web', 'db')
    """
    found = {start: None}
    queue = [start]
    for node in queue:
        for callee in graph.get(node, ()):
            if callee not in found:
                found[callee] = None
                queue.append(callee)
    return tuple(found)


def calls(graph: Graph, nodes: Sequence[str], measured: NDArray[np.bool_]) -> list[NDArray[np.intp]]:
    """Per node the places of those it calls, itself excepted; through a callee nobody measures, also what that calls.

    >>> nodes = ("web", "proxy", "db")
    >>> calls({"web": ["proxy"], "proxy": ["db"]}, nodes, np.array([True, False, True]))[0].tolist()
    [1, 2]
    """
    place = {node: index for index, node in enumerate(nodes)}
    return [np.array(sorted(_seen_through(graph, place, measured, node)), np.intp) for node in nodes]


def _seen_through(graph: Graph, place: Mapping[str, int], measured: NDArray[np.bool_], start: str) -> set[int]:
    found: set[int] = set()
    waiting = [start]
    while waiting:
        for callee in graph.get(waiting.pop(), ()):
            index = place.get(callee)
            if index is None or index in found:
                continue
            found.add(index)
            if not measured[index]:
                waiting.append(callee)
    return found - {place[start]}


def settle(passed: Floats) -> Floats:
    """Where blame of 1 that starts at node 0 comes to rest; `passed[i, j]` is the part that i hands to j.

    What a node does not pass on stays with it. In a ring that keeps nothing, it stays where as many steps as there
    are nodes have brought it.

    >>> settle(np.array([[0.0, 0.8], [0.0, 0.0]]))
    array([0.2, 0.8])
    """
    kept = 1.0 - passed.sum(axis=1)
    moving: Floats = np.zeros(len(passed))
    moving[0] = 1.0
    rested = np.zeros(len(passed))
    for _ in range(len(passed)):
        rested += moving * kept
        moving = moving @ passed
        if moving.sum() < SETTLED:
            break
    return rested + moving
