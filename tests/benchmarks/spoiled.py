"""What becomes of telemetry on its way: rows and cells missing, columns dead or constant, an onset off, a wrong graph.

Each way takes a case and gives it back spoiled; the cause stays what it was.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inframind.incidents.cause import Window
from inframind.incidents.cause.call_graph import reachable
from tests.benchmarks.judged import Case

Random = np.random.Generator
Values = NDArray[Any]
Way = Callable[[Case, Random], Case]
Column = tuple[str, str, str]


def _rows(window: Window, rows: Values) -> Window:
    times = np.asarray(window.times)[rows].tolist()
    return Window(times, {name: np.asarray(values)[rows].tolist() for name, values in window.series.items()})


def rows_missing(case: Case, random: Random) -> Case:
    """A fifth of the history, and the last of the rows around the alarm or none."""
    kept = np.flatnonzero(random.random(len(case.before.times)) > 0.2)
    rows = len(case.after.times) - int(random.integers(2))
    return replace(case, before=_rows(case.before, kept), after=_rows(case.after, np.arange(rows)))


def rows_in_another_order(case: Case, random: Random) -> Case:
    """Both windows shuffled."""
    before, after = (random.permutation(len(window.times)) for window in (case.before, case.after))
    return replace(case, before=_rows(case.before, before), after=_rows(case.after, after))


def cells_missing(case: Case, random: Random) -> Case:
    """A tenth of all cells."""

    def spoil(window: Window) -> Window:
        return Window(
            window.times,
            {n: np.where(random.random(len(v)) < 0.1, np.nan, v).tolist() for n, v in window.series.items()},
        )

    return replace(case, before=spoil(case.before), after=spoil(case.after))


def _columns(case: Case, random: Random, part: float, spoil: Callable[[str, Values], Values]) -> Case:
    """Both windows with a part of the other nodes' columns spoiled."""
    nodes = sorted({node for node, *_ in case.before.series} - {case.cause, case.alarm.node})
    chosen = {node for node in nodes if random.random() < part}

    def through(window: Window) -> Window:
        return Window(
            window.times,
            {n: spoil(n[1], np.array(v)).tolist() if n[0] in chosen else v for n, v in window.series.items()},
        )

    return replace(case, before=through(case.before), after=through(case.after))


def columns_dead(case: Case, random: Random) -> Case:
    """A tenth of the other nodes shows nothing at all."""
    return _columns(case, random, 0.1, lambda _, values: np.full(len(values), np.nan))


def columns_constant(case: Case, random: Random) -> Case:
    """A fifth of the other nodes always shows one and the same latency."""
    return _columns(case, random, 0.2, lambda metric, v: np.where(np.isnan(v), v, 0.05) if metric == "latency" else v)


def requests_uncounted(case: Case, random: Random) -> Case:
    """Nobody counts the requests of the cause."""

    def without(window: Window) -> Window:
        return Window(window.times, {n: v for n, v in window.series.items() if n[:2] != (case.cause, "requests")})

    del random
    return replace(case, before=without(case.before), after=without(case.after))


def onset_off(case: Case, random: Random) -> Case:
    """The alarm one to three minutes early or late."""
    return _moved(case, 60.0 * float(random.choice([-3, -2, -1, 1, 2, 3])))


def onset_rows_off(case: Case, random: Random) -> Case:
    """The alarm one to three rows early or late."""
    return _moved(case, 300.0 * float(random.choice([-3, -2, -1, 1, 2, 3])))


def _moved(case: Case, seconds: float) -> Case:
    return replace(case, alarm=case.alarm._replace(timestamp=case.alarm.timestamp + seconds))


def _graph(case: Case, edges: set[tuple[str, str]]) -> Case:
    """The case with other calls; with its own ones where the cause cannot be reached any more."""
    graph: dict[str, list[str]] = {node: [] for node in case.graph}
    for caller, callee in sorted(edges):
        graph[caller].append(callee)
    is_lost = case.cause and case.cause not in reachable(graph, case.alarm.node)
    return case if is_lost else replace(case, graph=graph)


def _edges(case: Case) -> list[tuple[str, str]]:
    return sorted((caller, callee) for caller, callees in case.graph.items() for callee in callees)


def edges_missing(case: Case, random: Random) -> Case:
    """A tenth of the calls is not known."""
    return _graph(case, {edge for edge in _edges(case) if random.random() > 0.1})


def edges_too_many(case: Case, random: Random) -> Case:
    """A tenth more calls than there are, anywhere."""
    nodes, edges = sorted(case.graph), _edges(case)
    more = random.choice(nodes, (max(len(edges) // 10, 1), 2)).tolist()
    return _graph(case, {*edges, *((one, other) for one, other in more if one != other)})


def edges_reversed(case: Case, random: Random) -> Case:
    """A tenth of the calls points the wrong way."""
    return _graph(case, {edge if random.random() > 0.1 else edge[::-1] for edge in _edges(case)})


def edges_in_rings(case: Case, random: Random) -> Case:
    """A fifth of the calls goes both ways."""
    edges = _edges(case)
    return _graph(case, {*edges, *(edge[::-1] for edge in edges if random.random() < 0.2)})


def other_names(case: Case, random: Random) -> Case:
    """Names as other systems give them: numbers, paths, addresses, other scripts."""
    forms = ("{}", "svc/{}-7f9c", "http://10.0.0.{}:80/v1", "сервис {}", "_{}_remote")
    nodes = sorted({*case.graph, *(node for node, *_ in case.before.series), *(node for node, *_ in case.after.series)})
    new = {
        n: forms[i % len(forms)].format(k)
        for i, (n, k) in enumerate(zip(nodes, random.permutation(len(nodes)), strict=True))
    }

    def renamed(window: Window) -> Window:
        return Window(window.times, {(new[node], *rest): v for (node, *rest), v in window.series.items()})  # type: ignore[misc]

    graph = {new[caller]: [new[callee] for callee in callees] for caller, callees in case.graph.items()}
    alarm = case.alarm._replace(node=new[case.alarm.node])
    return replace(
        case,
        before=renamed(case.before),
        after=renamed(case.after),
        graph=graph,
        alarm=alarm,
        cause=new.get(case.cause, ""),
    )


WAYS: dict[str, Way] = {
    way.__name__.replace("_", " "): way
    for way in (
        rows_missing,
        rows_in_another_order,
        cells_missing,
        columns_dead,
        columns_constant,
        requests_uncounted,
        onset_off,
        onset_rows_off,
        edges_missing,
        edges_too_many,
        edges_reversed,
        edges_in_rings,
        other_names,
    )
}
