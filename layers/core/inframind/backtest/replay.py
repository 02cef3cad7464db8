"""Recordings replayed through the bank, many side by side: what each row's verdict would have been, live."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.backtest.recordings import Recording
from inframind.detection.bank.bank import Bank
from inframind.detection.resources.score import resource_score

STEPS = 500  # rows a batch: bounds memory, changes no verdict

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


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


def increasing(times_s: Floats) -> Times:
    """Milliseconds, each later than the one before: a repeated time counts as the next instant.

    >>> increasing(np.array([1.0, 1.0, 2.0])).tolist()
    [1000, 1001, 2000]
    """
    offsets = np.arange(len(times_s))
    milliseconds = np.rint(times_s * 1000).astype(np.int64)
    return np.asarray(np.maximum.accumulate(milliseconds - offsets) + offsets, np.int64)


def _side_by_side(recordings: Sequence[Recording]) -> tuple[Times, Floats]:
    rows = max(len(r.times_s) for r in recordings)
    width = sum(r.values.shape[1] for r in recordings)
    times, values, column = np.zeros((rows, width), np.int64), np.full((rows, width), np.nan), 0
    for recording in recordings:
        length, metrics = recording.values.shape
        times[:length, column : column + metrics] = increasing(recording.times_s)[:, None]
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
