"""Learning from stored series: the past is replayed through a bank of its own, whose rows the shard's bank takes over.

A backfill is cut into slices, a resource and six hours each, which stand in the queue of the resource's shard among its
live samples. The bank in the making waits inside the shard's bank between slices. What it finds is told to nobody.
"""

import math
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from itertools import chain
from typing import Literal

import numpy as np

from inframind.detection.bank import Bank
from inframind.detection.commands import Replay
from inframind.detection.governed import Governed
from inframind.detection.grids import blocks
from inframind.detection.matching import Rulebook
from inframind.detection.model.time_step import SETTLED
from inframind.frames import Frame
from inframind.identity import series_digest
from inframind.records import Moment, Record, to_ms

SLICE_MS = 6 * 3_600_000
MOST_SLICES = 1_000  # of one backfill: eight resources for a month, or a hundred for two days
MOST_CELLS = 2_000_000  # values a slice: two seconds of the scorer, which takes ten messages at a time
MOST_UNFINISHED = 8  # banks in the making that a shard keeps; of those that lost their last slice the oldest go
PART = "backfill/"


class Backfill(Record):
    """What was asked for, and how far it has come: `slices_done` of `slices`, `slices_cut` of them not read whole."""

    id: str
    status: Literal["running", "done"] = "running"
    created_at: Moment
    resources: tuple[str, ...]
    start: Moment
    end: Moment
    replace: bool
    slices: int
    slices_done: int = 0
    slices_cut: int = 0


def matching(patterns: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The known resources that a pattern, or a name as it stands, asks for, in order.

    >>> matching(["db-*", "[::1]:9100"], ["web-1", "db-2", "db-1", "[::1]:9100"])
    ('[::1]:9100', 'db-1', 'db-2')
    """
    return tuple(sorted(one for one in known if any(one == each or fnmatchcase(one, each) for each in patterns)))


def slices_each(start_ms: int, end_ms: int) -> int:
    """Slices a resource.

    >>> slices_each(0, SLICE_MS), slices_each(0, SLICE_MS + 1)
    (1, 2)
    """
    return math.ceil((end_ms - start_ms) / SLICE_MS)


def plan(asked: Backfill) -> list[Replay]:
    """The slices of a backfill, resource after resource, each oldest first."""
    start, end = to_ms(asked.start), to_ms(asked.end)
    count = slices_each(start, end)
    return [
        Replay(
            backfill=asked.id,
            slice=turn * count + i,
            resource=resource,
            start_ms=start + i * SLICE_MS,
            end_ms=min(start + (i + 1) * SLICE_MS, end),
            replace=asked.replace,
            last=i == count - 1,
        )
        for turn, resource in enumerate(asked.resources)
        for i in range(count)
    ]


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
    governed = Governed(rules)
    for block in blocks([part for frame in frames if len((part := _within(frame, order)).times_ms)]):
        digests = [series_digest(*series) for series in block.series]
        governed.judge(made, block, digests, made.rows(digests))
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


def progress(asked: Backfill, done: int, cut: int) -> Backfill:
    """The backfill with what is known of its slices.

    >>> from datetime import UTC, datetime
    >>> day = datetime(2026, 1, 11, tzinfo=UTC)
    >>> moments = {"created_at": day, "start": day, "end": day}
    >>> one = Backfill(id="a", resources=("r",), replace=False, slices=2, **moments)
    >>> progress(one, 1, 0).status, progress(one, 2, 1).status
    ('running', 'done')
    """
    status = "done" if done >= asked.slices else "running"
    return asked.model_copy(update={"status": status, "slices_done": done, "slices_cut": cut})
