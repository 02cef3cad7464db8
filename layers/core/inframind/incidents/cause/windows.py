"""What a cause is looked for in: metrics before and around an alarm, as arrays with one column a node."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inframind.incidents.cause.call_graph import Graph, reachable

Floats = NDArray[np.float64]
Column = tuple[str, str, str]

LEADING = 4  # rows that may begin before the alarm: two quiet ones at least, also when the onset is a row off
BEYOND = 1e100  # no time, count or share: infinity, or a broken sender
SAMPLED = 1_000  # rows of the history that its medians are taken of, at least if there are so many
TRAILING = 4  # rows that may begin with or after it: a fault that outlasts 20 minutes of five was seen in the first


class Window(NamedTuple):
    """Rows of metrics: epoch seconds, and per (node, metric, statistic) a value a row, NaN where none was measured."""

    times: Sequence[float]
    series: Mapping[Column, Sequence[float]]


class Alarm(NamedTuple):
    """What was raised: the column that crossed its limit, and when, in epoch seconds."""

    node: str
    metric: str
    statistic: str
    timestamp: float


@dataclass(frozen=True, slots=True)
class Panel:
    """History and the rows around the alarm, in order of time; the alarmed node is column 0.

    `latency` (rows, nodes) in the unit of the data, NaN without traffic; `requests` 0 where none were counted;
    `failures` the share of requests that failed; `measured` (nodes,) tells who has any metric around the alarm.
    `history` rows come first and are taken for quiet; `near` are the rows around the alarm, of which the first
    `leading` begin before it.
    """

    nodes: tuple[str, ...]
    times: Floats
    latency: Floats
    requests: Floats
    failures: Floats
    measured: NDArray[np.bool_]
    history: int
    near: NDArray[np.intp]
    leading: int

    @property
    def sampled(self) -> slice:
        """Rows of the history, evenly spread, that stand for all of it."""
        return slice(0, self.history, max(self.history // SAMPLED, 1))

    @property
    def usual_requests(self) -> Floats:
        """Median requests of a quiet row, (nodes,); 0 without history."""
        return np.median(self.requests[self.sampled], axis=0) if self.history else np.zeros(len(self.nodes))


def align(before: Window, after: Window, graph: Graph, alarm: Alarm) -> Panel:
    """Both windows joined by column name, for the nodes that the alarmed one reaches by calls.

    A column that only one window knows is NaN in the other. Rows may come in any order.
    """
    nodes = reachable(graph, alarm.node)
    first, second = np.argsort(before.times, kind="stable"), np.argsort(after.times, kind="stable")
    times = np.concatenate([_floats(before.times)[first], _floats(after.times)[second]])

    def columns(metric: str, statistic: str) -> Floats:
        table = np.full((len(times), len(nodes)), np.nan)
        for place, node in enumerate(nodes):
            key = (node, metric, statistic)
            if key in before.series:
                table[: len(first), place] = _floats(before.series[key])[first]
            if key in after.series:
                table[len(first) :, place] = _floats(after.series[key])[second]
        return table

    near, leading = _around(times, len(first), alarm.timestamp)
    requests = columns("requests", "Sum")
    latency = _bridged(columns("latency", "Average"), requests, len(first))
    failures = _bridged(_failures(columns("availability", "Average")), requests, len(first))
    measured = np.asarray(~(np.isnan(latency) & np.isnan(requests) & np.isnan(failures))[near].all(axis=0))
    return Panel(nodes, times, latency, _counted(requests, latency), failures, measured, len(first), near, leading)


def _floats(values: Sequence[float]) -> Floats:
    """The values, NaN for what is no number; what is beyond every limit was measured by nobody."""
    found = np.asarray(values, np.float64)
    sane = np.abs(found) < BEYOND
    return found if sane.all() else np.where(sane, found, np.nan)


def _failures(availability: Floats) -> Floats:
    """Availability counts up to 100 or up to 1: what the best node reached tells which."""
    full = np.nanmax(availability, initial=0.0)
    return 1.0 - availability / full if full > 0 else np.full_like(availability, np.nan)


def _bridged(values: Floats, requests: Floats, history: int) -> Floats:
    """A single row in which requests were counted and nothing else was measured is taken to lie between its neighbours.

    A row without requests stays as it is: nothing happened in it.
    """
    between = (values[:-2] + values[2:]) / 2
    lost = np.isnan(values[1:-1]) & (requests[1:-1] > 0)
    lost[max(history - 2, 0) : history] = False  # the history and the alarm are no neighbours
    bridged = values.copy()
    bridged[1:-1][lost] = between[lost]
    return bridged


def _counted(requests: Floats, latency: Floats) -> Floats:
    """Requests with 0 for none; a node whose requests nobody counts is taken to get as many as the front, if any.

    A row in which somebody was answered and nobody counted holds as many requests as the node's middle row.
    """
    uncounted = np.isnan(requests).all(axis=0) & ~np.isnan(latency).all(axis=0)
    missed = np.isnan(requests) & ~np.isnan(latency) & ~uncounted
    counts = np.nan_to_num(requests)
    for node in np.flatnonzero(missed.any(axis=0)):
        counts[missed[:, node], node] = np.nanmedian(requests[:, node])
    taken = np.where(counts[:, :1] > 0, counts[:, :1], 1.0)
    counts[:, uncounted] = np.where(np.isnan(latency[:, uncounted]), 0.0, taken)
    return counts


def _around(times: Floats, history: int, alarm_s: float) -> tuple[NDArray[np.intp], int]:
    """Rows around the alarm and how many of them begin before it; an alarm outside the window counts at its edge."""
    recent = times[history:]
    if not len(recent) or not np.isfinite(alarm_s):
        return np.arange(0), 0
    steps = np.diff(times[:history] if history > 1 else recent)
    step = float(np.median(steps)) if len(steps) else 1.0
    moment = min(max(alarm_s, recent[0]), recent[-1] + 0.99 * step)
    near = np.flatnonzero((times >= moment - LEADING * step) & (times < moment + TRAILING * step))
    near = near[np.argsort(times[near], kind="stable")]
    return near, int((times[near] < moment).sum())
