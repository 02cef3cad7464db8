"""Planted faults as an incident of the running platform would meet them: signals, and frames in the series store."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inframind.frames import Frame
from inframind.incidents.cause import Alarm, Window
from inframind.incidents.cause.call_graph import Graph
from inframind.records import from_ms
from inframind.signals import Incident, Signal
from tests.contracts.signals import signal
from tests.incidents.cause.planted import FRONT, GRAPH, Shop

STEP_MS = 60_000
ONSET_MS = 1_768_125_600_000
NAMES = {
    ("latency", "Average"): b"latency_ms",
    ("requests", "Sum"): b"requests",
    ("availability", "Average"): b"availability",
}
ALWAYS = 0.02  # of quiet rows may lack a series that the watch waits for
LOUD = 4.0  # standard deviations beyond which a series is told of, as a detector would
EDGES = frozenset((caller, callee) for caller, callees in GRAPH.items() for callee in callees)


@dataclass(frozen=True, slots=True)
class Case:
    """One fault: the incident that signals made of it, what is stored, and whom to find."""

    incident: Incident
    frames: Mapping[str, Sequence[Frame]]
    edges: frozenset[tuple[str, str]]
    cause: str


def simulated(seed: int) -> Iterator[Case]:
    """A slow and a failing node of the simulated shop, for every node behind the front."""
    for node in sorted(set(GRAPH) - {FRONT}):
        for metric, shop in (("latency", Shop(seed).slow(node)), ("availability", Shop(seed).fail(node))):
            yield case((shop.before, shop.after), GRAPH, shop.alarm(metric), node)


def case(windows: tuple[Window, Window], graph: Graph, alarm: Alarm, cause: str, *, is_dead: bool = False) -> Case:
    """The windows on the clock of the platform, a row a minute, the rows around the alarm right behind the others.

    Of a dead cause not even a count of 0 arrives; others that are not asked count 0.
    """
    row = max(int(np.searchsorted(np.asarray(windows[1].times), alarm.timestamp, "right")) - 1, 0)
    nodes = sorted({node for window in windows for node, *column in window.series if tuple(column) in NAMES})
    found = [one for node in nodes for metric in ("latency", "availability") for one in _loud(windows, node, metric)]
    found += [one for node in nodes for one in _absent(windows, node)]
    if all(one.service != alarm.node for one in found):
        found.append(_signal(alarm.node, alarm.metric, row, 5.0))
    frames = {node: [_frame(windows, node)] for node in nodes}
    if is_dead and cause in frames:
        frames[cause] = [_without_zeros(one) for one in frames[cause]]
    edges = frozenset((caller, callee) for caller, callees in graph.items() for callee in callees)
    return Case(_incident(_together(found, edges, alarm.node)), frames, edges, cause)


def _together(found: Sequence[Signal], edges: frozenset[tuple[str, str]], front: str) -> list[Signal]:
    """The signals that a correlator makes one incident of: of services in trouble that hang together with the front."""
    troubled, reached = {one.service for one in found}, {front}
    while more := {name for edge in edges if reached & set(edge) for name in edge if name in troubled} - reached:
        reached |= more
    return [one for one in found if one.service in reached]


def _loud(windows: tuple[Window, Window], node: str, metric: str) -> Iterator[Signal]:
    quiet, seen = (np.asarray(window.series.get((node, metric, "Average"), [np.nan]), float) for window in windows)
    if np.isfinite(quiet).sum() < 2 or not np.isfinite(seen).any():
        return
    z = np.nan_to_num((seen - np.nanmean(quiet)) / max(float(np.nanstd(quiet)), 1e-9))
    rows = np.flatnonzero(np.abs(z) > LOUD)
    if len(rows):
        yield _signal(node, metric, int(rows[0]), float(np.abs(z[rows]).max()))


def _absent(windows: tuple[Window, Window], node: str) -> Iterator[Signal]:
    """The watch over series tells of one that always came and has not for two rows."""
    quiet, seen = (np.isnan(window.series.get((node, "latency", "Average"), [np.nan])) for window in windows)
    silent = np.flatnonzero(seen[1:] & seen[:-1])
    if quiet.mean() < ALWAYS and len(silent):
        made = _signal(node, "latency", int(silent[0]) + 1, 0.0)
        yield made.model_copy(
            update={
                "id": f"{node} absent",
                "fingerprint": f"{node} absent",
                "severity": "high",
                "detail": "Nothing of it arrives any more",
                "evidence": {"z_score": 0.0, "metric_name": "latency", "kind": "absent"},
            }
        )


def _signal(node: str, metric: str, row: int, z: float) -> Signal:
    made = signal(f"{node} {metric}", service=node, evidence={"z_score": z, "metric_name": metric})
    return made.model_copy(update={"observed_at": from_ms(ONSET_MS + row * STEP_MS)})


def _incident(found: Sequence[Signal]) -> Incident:
    signals = tuple(sorted(found, key=lambda one: (one.observed_at, one.fingerprint)))
    return Incident(
        id="planted",
        title="",
        status="open",
        severity="high",
        services=tuple(sorted({one.service for one in signals})),
        opened_at=signals[0].observed_at,
        changed_at=signals[-1].observed_at,
        signal_count=len(signals),
        signals=signals,
        timeline=(),
    )


def _frame(windows: tuple[Window, Window], node: str) -> Frame:
    shown = [key for key in ((node, *column) for column in NAMES) if any(key in window.series for window in windows)]
    rows = [len(window.times) for window in windows]
    values = np.column_stack([
        np.concatenate([window.series.get(key, [np.nan] * count) for window, count in zip(windows, rows, strict=True)])
        for key in shown
    ])  # fmt: skip
    times = ONSET_MS + STEP_MS * (np.arange(len(values), dtype=np.int64) - rows[0])
    return Frame(node, tuple(NAMES[key[1], key[2]] for key in shown), times, values, ~np.isnan(values))


def _without_zeros(frame: Frame) -> Frame:
    """The frame without the rows in which nothing but a count of 0 is."""
    there = np.nan_to_num(frame.values).any(axis=1)
    return Frame(
        frame.resource, frame.series, frame.times_ms[there], frame.values[there], ~np.isnan(frame.values[there])
    )
