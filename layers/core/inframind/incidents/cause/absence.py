"""Of which services nothing arrives any more, told from what is stored: what is dead sends nothing.

The watch over series tells of it as well, but where nobody between the dead service and the front is in trouble, that
is a signal of its own, and not one of the incident.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from inframind.frames import Frame
from inframind.incidents.cause.call_graph import Graph
from inframind.incidents.cause.golden_signals import LEAD, Grid

ALWAYS = 0.98  # of the quiet rows that hold a sample of the service: the absence of others says nothing
FEWEST_ROWS = 20  # of quiet rows: who has been known for less time is not missed
IN_A_ROW = 2  # rows without any sample: a single one is lost on the way
MOST = 0.5  # of the services: where more of them are absent, the way that all take is broken

Flags = NDArray[np.bool_]


def absent(read: Mapping[str, Sequence[Frame]], graph: Graph, front: str, onset_ms: int) -> tuple[str, ...]:
    """Services that always sent something and, around the onset, nothing at all for some rows, by name.

    Of those that call each other only the callers: who is not asked may send nothing either. The last row counts for
    nobody, because it may be still on its way. Nothing where the front itself is absent, or most services are.
    """
    sent = {service: _times(frames) for service, frames in read.items()}
    times = {service: at for service, at in sent.items() if len(at)}
    if front not in times:
        return ()
    grid = Grid.of(list(times.values()), onset_ms)
    cut = (onset_ms - grid.start_ms) // grid.step_ms - LEAD
    if cut < FEWEST_ROWS:
        return ()
    found = {service for service, at in times.items() if _is_missed(_rows(at, grid), cut)}
    if front in found or len(found) > MOST * len(times):
        return ()
    called = {callee for caller in found for callee in graph.get(caller, ()) if callee != caller}
    return tuple(sorted(found - called or found))


def _times(frames: Sequence[Frame]) -> NDArray[np.int64]:
    """When any series of the service had a value."""
    kept = [frame.times_ms[(np.isfinite(frame.values) & _present(frame)).any(axis=1)] for frame in frames]
    return np.unique(np.concatenate(kept)) if kept else np.empty(0, np.int64)


def _present(frame: Frame) -> Flags:
    return np.ones(frame.values.shape, np.bool_) if frame.present is None else frame.present


def _rows(times: NDArray[np.int64], grid: Grid) -> Flags:
    rows = np.zeros(grid.rows, np.bool_)
    rows[(times - grid.start_ms) // grid.step_ms] = True
    return rows


def _is_missed(rows: Flags, cut: int) -> bool:
    silent = ~rows[cut:-1]
    together = np.convolve(silent, np.ones(IN_A_ROW), "valid") if len(silent) >= IN_A_ROW else np.zeros(1)
    return bool(rows[:cut].mean() >= ALWAYS and together.max() >= IN_A_ROW)
