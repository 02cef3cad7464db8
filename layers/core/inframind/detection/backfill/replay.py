"""Stored series learnt, slice by slice, in a bank of their own, whose rows the shard's bank takes over at the end."""

from collections.abc import Iterable, Sequence
from itertools import chain

import numpy as np

from inframind.detection.bank.bank import Bank
from inframind.detection.commands import Replay
from inframind.detection.detectors.applied import AppliedDetectors
from inframind.detection.detectors.matching import Rulebook
from inframind.detection.grids import blocks
from inframind.detection.model.time_step import SETTLED
from inframind.frames import Frame
from inframind.identity import series_digest

MOST_CELLS = 2_000_000  # values a slice: two seconds of the scorer, which takes ten messages at a time
MOST_UNFINISHED = 8  # banks in the making that a shard keeps; of those that lost their last slice the oldest go
PART = "backfill/"


def bounded(hours: Iterable[Sequence[Frame]]) -> tuple[tuple[Frame, ...], bool]:
    """The frames of a slice's hours, and whether there were more than it may hold; no more hours are asked for then."""
    kept: list[Frame] = []
    cells = 0
    for frame in chain.from_iterable(hours):
        if cells >= MOST_CELLS:
            return tuple(kept), True
        kept.append(frame)
        cells += frame.values.size
    return tuple(kept), False


def replay(bank: Bank, order: Replay, frames: Sequence[Frame], rules: Rulebook) -> Bank | None:
    """Learns a slice into the bank in the making, which `bank` carries; returns that once the last slice is in it."""
    name = f"{PART}{order.backfill}/{order.resource}"
    waiting = bank.extra.get(name)
    made = Bank.from_bytes(waiting) if waiting else Bank.empty()
    detectors = AppliedDetectors(rules)
    for block in blocks([part for frame in frames if len((part := _within(frame, order)).times_ms)]):
        digests = [series_digest(*series) for series in block.series]
        detectors.judge(made, block, digests, made.rows(digests))
    if order.last:
        bank.extra.pop(name, None)
        return made
    bank.extra[name] = made.to_bytes()
    unfinished = sorted(key for key in bank.extra if key.startswith(PART))
    for old in unfinished[: max(len(unfinished) - MOST_UNFINISHED, 0)]:
        del bank.extra[old]
    return None


def wanted(bank: Bank, made: Bank, replace: bool) -> list[bytes]:
    """The series to be taken over: all, or those of which the bank knows too little to have settled."""
    if replace:
        return made.keys()
    known = dict(zip(bank.keys(), bank.samples().tolist(), strict=True))
    learnt = dict(zip(made.keys(), made.samples().tolist(), strict=True))
    return [key for key, n in learnt.items() if known.get(key, 0.0) < min(n, SETTLED)]


def _within(frame: Frame, order: Replay) -> Frame:
    """The rows of a stored frame that belong to a slice: an hour at rest may reach beyond it."""
    kept = (frame.times_ms >= order.start_ms) & (frame.times_ms < order.end_ms)
    if kept.all():
        return frame
    present = None if frame.present is None else frame.present[kept]
    return Frame(frame.resource, frame.series, np.asarray(frame.times_ms[kept]), frame.values[kept], present)
