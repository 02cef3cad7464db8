"""Recordings replayed through the bank, many side by side: what each row's verdict would have been, live."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.backtest.recordings import Recording
from inframind.detection.bank.bank import Bank
from inframind.detection.model.scalar.clock import Clock, follow, placed
from inframind.detection.model.time_step import LARGEST
from inframind.detection.resources.score import resource_score

STEPS = 500  # rows a batch: bounds memory, changes no verdict

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scores:
    """One recording's scores, (rows,) each: `alert` is 1.0 or more where an anomaly opens, `continuous` ranks rows."""

    alert: Floats
    continuous: Floats


def replay(recordings: Sequence[Recording]) -> list[Scores]:
    """The scores of each recording, as fresh rows of one bank, in one pass and without a look ahead."""
    bank, columns = Bank.empty(), _side_by_side(recordings)
    times, values = columns
    rows = bank.rows([b"%d" % i for i in range(values.shape[1])])
    alert, raw = np.zeros(values.shape), np.zeros(values.shape)
    for start in range(0, len(values), STEPS):
        part = slice(start, start + STEPS)
        verdicts = bank.update(rows, times[part], values[part])
        alert[part], raw[part] = verdicts.score, verdicts.raw
    return list(_apart(recordings, alert, raw))


def learnt_at(times_s: Floats, came: Flags) -> Times:
    """Milliseconds at which rows are learnt, (rows,), as `streaming` does it: one that is late counts as the next.

    `came` is which rows have a value; the others move no clock. A clock that was far ahead, and is back, is believed.

    >>> learnt_at(np.array([1.0, 1.0, 2.0, 9e9, 3.0]), np.ones(5, bool)).tolist()
    [1000, 1001, 2000, 9000000000000, 3000]
    """
    milliseconds = np.rint(times_s * 1000).astype(np.int64)
    if (np.diff(milliseconds) > 0).all():
        return milliseconds
    clock, placed_ms = Clock(), []
    for time_ms, has_value in zip(milliseconds.tolist(), came.tolist(), strict=True):
        placed_ms.append(placed(clock, time_ms))
        if has_value:
            follow(clock, placed_ms[-1])
            clock.n += 1
    return np.array(placed_ms, np.int64)


def _side_by_side(recordings: Sequence[Recording]) -> tuple[Times, Floats]:
    rows = max(len(r.times_s) for r in recordings)
    width = sum(r.values.shape[1] for r in recordings)
    times, values, column = np.zeros((rows, width), np.int64), np.full((rows, width), np.nan), 0
    for recording in recordings:
        length, metrics = recording.values.shape
        came = np.any(np.abs(recording.values) <= LARGEST, axis=1)
        times[:length, column : column + metrics] = learnt_at(recording.times_s, came)[:, None]
        values[:length, column : column + metrics] = recording.values
        column += metrics
    return times, values


def _apart(recordings: Sequence[Recording], alert: Floats, raw: Floats) -> list[Scores]:
    scores, column = [], 0
    for recording in recordings:
        length, metrics = recording.values.shape
        own = slice(0, length), slice(column, column + metrics)
        scores.append(Scores(alert[own].max(axis=1), resource_score(raw[own])))
        column += metrics
    return scores
