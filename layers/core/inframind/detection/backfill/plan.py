"""A backfill as people ask for it, cut into slices: a resource and six hours each."""

import math
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Literal

from inframind.detection.commands import Replay
from inframind.records import Moment, Record, to_ms

SLICE_MS = 6 * 3_600_000
MOST_SLICES = 1_000  # of one backfill: eight resources for a month, or a hundred for two days


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
