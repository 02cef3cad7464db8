"""The ranking of causes beside two plain ones: n-sigma, and anomalous nodes that call no anomalous node.

Faults are planted into a simulated shop, and, where the development half of the PetShop data lies beside the project,
into its quiet hours; its own issues and the specificity on its quiet hours are there too. Last come families of harder
faults, in applications of many shapes, and behind spoiled telemetry (`families`).
"""

import statistics
import time

import numpy as np

from inframind.backtest import rca
from inframind.backtest.issues import Scenario, scenarios
from inframind.incidents.cause import Alarm, Window, rank_window
from inframind.incidents.cause.call_graph import Graph, reachable
from tests.benchmarks.families import families
from tests.benchmarks.faults import plant_everywhere
from tests.benchmarks.judged import Case, Ranker, Score, judge
from tests.benchmarks.table import Row
from tests.incidents.cause.planted import FRONT, GRAPH, Shop
from tests.recorded import PETSHOP, is_here

SIGMAS = 3.0
SEEDS = range(3)


def run() -> list[Row]:
    """Some minutes, most of them for the families."""
    rows = _compared("planted in a simulated shop", [case for seed in SEEDS for case in _simulated(seed)])
    rows += _recorded(scenarios(PETSHOP)) if is_here(PETSHOP) else []
    return rows + [row for name, cases in families(0) for row in _judged(name, judge(cases))]


def _judged(name: str, score: Score) -> list[Row]:
    figures = [("AC@1", score.cases, score.first), ("AC@3", score.cases, score.third)]
    figures += [("specificity", score.quiet, score.specificity)] if score.quiet else []
    return [Row(f"{name}, {what} ({count})", value, None, None, "reported", "share") for what, count, value in figures]


def _recorded(found: list[Scenario]) -> list[Row]:
    issues: list[Case] = [Case(s.quiet, i.window, s.graph, i.alarm, i.cause or "") for s in found for i in s.issues]
    rows = _compared("recorded issues", issues)
    for kind, cases in _planted(found).items():
        rows += _compared(f"planted in quiet hours, {kind}", cases)
    for name, short in (("long", False), ("short", True)):
        quiet = [silent for scenario in found for silent in rca.silence(scenario, short)]
        rows.append(Row(f"specificity, {name} windows", statistics.fmean(quiet), None, None, ">= 0.85, 0.95", "share"))
    seconds = [_timed(rank_window, case) for case in issues]
    return [*rows, Row("one ranking, slowest", 1e3 * max(seconds), None, None, "< 2000", "ms")]


def _planted(found: list[Scenario]) -> dict[str, list[Case]]:
    kinds: dict[str, list[Case]] = {}
    for scenario in found:
        for seed in SEEDS:
            for fault in plant_everywhere(scenario, seed):
                case = Case(fault.before, fault.after, scenario.graph, fault.alarm, fault.cause)
                kinds.setdefault(fault.kind, []).append(case)
    return kinds


def _simulated(seed: int) -> list[Case]:
    nodes = sorted(set(GRAPH) - {FRONT})
    slow, failing = [Shop(seed).slow(node) for node in nodes], [Shop(seed).fail(node) for node in nodes]
    return [
        Case(shop.before, shop.after, GRAPH, shop.alarm(metric), node)
        for metric, shops in (("latency", slow), ("availability", failing))
        for node, shop in zip(nodes, shops, strict=True)
    ]


def _compared(what: str, cases: list[Case]) -> list[Row]:
    rows = []
    scores = [judge(cases, ranker) for ranker in (rank_window, traversal)]
    for k, goal in ((1, ">= 0.80"), (3, ">= 0.95")):
        ours, theirs = (one.first if k == 1 else one.third for one in scores)
        name = f"{what}, AC@{k} ({len(cases)}; theirs: call-graph traversal)"
        rows.append(Row(name, ours, theirs, ours / theirs if theirs else None, goal, "share"))
    return rows


def _timed(ranker: Ranker, case: Case) -> float:
    begun = time.perf_counter()
    ranker(case.before, case.after, case.graph, case.alarm)
    return time.perf_counter() - begun


def traversal(before: Window, after: Window, graph: Graph, alarm: Alarm) -> list[tuple[str, float]]:
    """Nodes further than three standard deviations from their mean that call no such node, furthest first."""
    sizes = {}
    for node in reachable(graph, alarm.node):
        column = (node, alarm.metric, "Average")
        usual, seen = (np.asarray(window.series.get(column, [np.nan]), np.float64) for window in (before, after))
        if np.isfinite(usual).sum() > 1 and np.isfinite(seen).any():
            spread = max(float(np.nanstd(usual)), 1e-9)
            sizes[node] = float(np.nanmax(np.abs(seen - np.nanmean(usual)))) / spread
    anomalous = {node for node, size in sizes.items() if size > SIGMAS and node != alarm.node}
    return sorted(
        ((node, sizes[node]) for node in anomalous if not anomalous & set(graph.get(node, ()))),
        key=lambda pair: (-pair[1], pair[0]),
    )
