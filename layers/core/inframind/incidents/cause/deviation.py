"""How far each node departs from itself around the alarm, beside how far it does in quiet times.

The trick: whatever is computed for the alarm is computed, in the same arrays, for every place of the history where
a window of the same shape fits. Those replays say what chance alone produces, for each node, for the largest of all
nodes at once, and for any length of window.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from inframind.incidents.cause.windows import Panel

Floats = NDArray[np.float64]

LEAST_SLOWDOWN = 0.05  # of the usual latency: below it a steady node would be abnormal by a rounding error
LEAST_FAILURES = 0.005  # of all requests
ENOUGH = 60  # measured values in the replays: ten rows or so; below it a node's own restlessness is unknown
UNIT = 0.95  # a deviation of 1 is what one quiet row in twenty reaches
CELLS = 1_000_000  # of all replays together: 600 places of eight rows and 200 nodes
FEWEST_PLACES = 200


class Channel(StrEnum):
    """What trouble is measured in: time lost, or requests failed."""

    TIME = "latency"
    FAILURES = "availability"


@dataclass(frozen=True, slots=True)
class Deviation:
    """Departure of every node in one channel; axis 0 is the replay (0 = the alarm itself), 1 the row, 2 the node.

    `level` (replays, nodes) is what the node showed shortly before, or usually; `excess` what is added to it, in the
    unit of the channel; `size` the same in quiet units: 1 is exceeded by one quiet row in twenty.
    """

    channel: Channel
    level: Floats
    excess: Floats
    size: Floats

    @property
    def sustained(self) -> Floats:
        """The second largest size of a window's rows, (replays, nodes): one row alone is a blip, two are a fault."""
        return second_largest(self.size)


def second_largest(values: Floats) -> Floats:
    """Along axis 1; the only value where there is one row."""
    rows = values.shape[1]
    return np.asarray(np.partition(values, rows - min(2, rows), axis=1)[:, rows - min(2, rows)])


def replays(panel: Panel) -> NDArray[np.intp]:
    """Row numbers of the alarm's window and of the places in the history where it fits, (1 + places, rows).

    Every place, or in a large history every second, third ...: so many say as much, and are done in a second.
    """
    rows = len(panel.near)
    most = max(FEWEST_PLACES, CELLS // (rows * len(panel.nodes)))
    every = -(-panel.history // most) or 1
    places = np.arange(0, max(panel.history - rows + 1, 0), every)
    return np.vstack([panel.near[None], places[:, None] + np.arange(rows)[None]])


def deviation(panel: Panel, channel: Channel, windows: NDArray[np.intp]) -> Deviation:
    """How each node departs from the level it had just before the alarm, in each of `windows`.

    The level is the best of the leading rows, so that neither an onset that is a row late nor a history of another
    month hides a fault; without leading rows it is the history's median. A node that usually fails is excused for it.
    """
    values = panel.latency if channel is Channel.TIME else panel.failures
    usual = _median(values[panel.sampled])
    seen = values[windows]
    level = _least(seen[:, : panel.leading])
    level = np.where(np.isnan(level), usual, level)
    if channel is Channel.FAILURES:
        level = np.fmax(level, usual)
    excess = seen - level[:, None]
    relative = excess / np.where(level > 0, level, np.inf)[:, None] if channel is Channel.TIME else excess
    size = _in_quiet_units(relative, _least_unit(panel, channel))
    return Deviation(channel, np.nan_to_num(level), np.nan_to_num(excess), np.nan_to_num(size))


def _median(values: Floats) -> Floats:
    known = ~np.isnan(values).all(axis=0)
    middle = np.full(values.shape[1], np.nan)
    middle[known] = np.nanmedian(values[:, known], axis=0)
    return middle


def _least(seen: Floats) -> Floats:
    return np.fmin.reduce(seen, axis=1) if seen.shape[1] else np.full(seen[:, 0:1].shape[::2], np.nan)


def _least_unit(panel: Panel, channel: Channel) -> Floats:
    """Per node the smallest deviation that may count as one: for failures a single request of a usual row."""
    if channel is Channel.TIME:
        return np.full(len(panel.nodes), LEAST_SLOWDOWN)
    return np.maximum(LEAST_FAILURES, 1.0 / np.maximum(panel.usual_requests, 1.0))


def _in_quiet_units(relative: Floats, least: Floats) -> Floats:
    """Distance from what the replays of the history show in the middle, in units of their upper tail.

    A node with hardly any history is judged by the middle and the unit of an ordinary one.
    """
    quiet = relative[1:].reshape(-1, relative.shape[2])
    middle, unit = np.zeros(len(least)), least.copy()
    known = (~np.isnan(quiet)).sum(axis=0) >= ENOUGH
    for node in np.flatnonzero(known):
        middle[node], high = np.nanquantile(quiet[:, node], (0.5, UNIT))
        unit[node] = max(high - middle[node], least[node])
    if known.any():
        middle[~known], unit[~known] = np.median(middle[known]), np.median(unit[known])
    return np.asarray((relative - middle) / unit)
