"""A build as the set of all that was said of it, and the build that follows from the set.

Because a set has no order, events may arrive twice, late or together: the same events make the same build.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Final

from pydantic import Field

from inframind.builds import Build, BuildOutcome
from inframind.errors import TooLarge
from inframind.optimization.events import (
    About,
    AnyEvent,
    BuildClosed,
    BuildCompleted,
    BuildEvent,
    BuildStarted,
    StepEnded,
    key_of,
    said,
)
from inframind.records import Record, to_ms

STEPS_KEPT = 500  # the first of a build: as text they stay far below the 400 KB of an item
TELLINGS_KEPT = 8  # different starts, and ends, of one build: a restarted job tells again
RECORD_BYTES = 380_000  # of the 400 KB of an item, once compressed; the rest is for its keys
ROOM_TO_CLOSE = 5_000  # more, where nobody has spoken for too long: whatever a build told, it can be closed
CAUSES: Final = ("out_of_memory", "timed_out")


class BuildLog(Record):
    """Every event of one build by its key."""

    run_id: str
    events: Mapping[str, AnyEvent] = Field(default_factory=dict)

    @property
    def heard_at(self) -> datetime:
        """When the build was last heard of, closing aside."""
        return max(event.received_at for event in self.events.values() if not isinstance(event, BuildClosed))


def merged(log: BuildLog, events: Iterable[BuildEvent]) -> BuildLog:
    """The log with these events as well; in whatever order and portions they come, it is the same in the end."""
    kept = dict(log.events)
    for event in events:
        key = key_of(event)
        kept[key] = _preferred(kept[key], event) if key in kept else event
    return BuildLog(run_id=log.run_id, events=dict(sorted(_bounded(kept))))


def packed(log: BuildLog) -> bytes:
    """The log as a store keeps it; raises `TooLarge` where no item could hold it."""
    data = zlib.compress(log.model_dump_json().encode(), 6)
    most = RECORD_BYTES + ROOM_TO_CLOSE * any(isinstance(event, BuildClosed) for event in log.events.values())
    if len(data) > most:
        raise TooLarge(f"What was told of build {log.run_id} takes {len(data)} bytes; the limit is {most}.")
    return data


def build_of(log: BuildLog) -> Build | None:
    """The build that was told of, or None while nobody but us has spoken of it."""
    starts, ends, steps = _starts(log), _ends(log), _steps(log)
    told: Sequence[About] = [*starts, *reversed(ends)]
    spoken = [*told, *steps]
    if not spoken:
        return None
    end = ends[-1] if ends else None
    started_at = _started_at(told, steps)
    finished_at = (end.finished_at or end.received_at) if end else None
    return Build(
        run_id=log.run_id,
        pipeline=spoken[0].pipeline,
        outcome=_outcome(log, end, steps),
        started_at=started_at,
        finished_at=finished_at,
        duration_s=_duration_s(end, started_at, finished_at),
        exit_code=end.exit_code if end else None,
        release=any(one.release for one in told),
        context={name: value for one in reversed(told) for name, value in one.context.items()},
        steps=tuple(event.step for event in steps),
        **{name: _first(told, name) for name in ("host", "repository", "branch", "commit")},
        **{name: _first(told, name) for name in ("configuration", "suggestion_id")},
    )


def _preferred(one: BuildEvent, other: BuildEvent) -> BuildEvent:
    """Of two tellings of the same: the later end of a step, the last closing, else the one that came first."""
    if isinstance(one, StepEnded) and isinstance(other, StepEnded) and said(one) != said(other):
        return max(one, other, key=lambda event: (event.step.finished_at, said(event)))
    latest = isinstance(one, BuildClosed)
    return max(one, other, key=_arrival) if latest else min(one, other, key=_arrival)


def _arrival(event: BuildEvent) -> tuple[datetime, str]:
    return event.received_at, said(event)


def _bounded(events: Mapping[str, BuildEvent]) -> Iterable[tuple[str, BuildEvent]]:
    """The events there is room for, the first of each kind by name: a name that stays whatever else comes."""
    for kind, limit in (("start", TELLINGS_KEPT), ("complete", TELLINGS_KEPT), ("step", STEPS_KEPT), ("close", 1)):
        named = sorted(item for item in events.items() if item[1].kind == kind)
        yield from islice(named, limit)


def _starts(log: BuildLog) -> list[BuildStarted]:
    """What was said at the start, the most telling first: with a time before without, earlier before later."""
    found = [event for event in log.events.values() if isinstance(event, BuildStarted)]
    return sorted(found, key=lambda one: (one.started_at is None, one.started_at or one.received_at, said(one)))


def _ends(log: BuildLog) -> list[BuildCompleted]:
    """What was said at the end, the one that counts last: the latest time; without any, what arrived first."""
    found = [event for event in log.events.values() if isinstance(event, BuildCompleted)]
    return sorted(found, key=lambda one: (one.finished_at is not None, _weight(one), said(one)))


def _weight(end: BuildCompleted) -> int:
    return to_ms(end.finished_at) if end.finished_at else -to_ms(end.received_at)


def _steps(log: BuildLog) -> list[StepEnded]:
    found = [event for event in log.events.values() if isinstance(event, StepEnded)]
    return sorted(found, key=lambda one: (one.step.started_at, one.step.step))


def _outcome(log: BuildLog, end: BuildCompleted | None, steps: Sequence[StepEnded]) -> BuildOutcome:
    """How the build ended; a failure is called by its cause where a step names it."""
    if end is None:
        closing = log.events.get("close")
        return "abandoned" if closing and closing.received_at >= log.heard_at else "running"
    if end.outcome == "failed":
        causes = {event.step.outcome for event in steps}
        return next((cause for cause in CAUSES if cause in causes), "failed")
    return end.outcome


def _started_at(told: Sequence[About], steps: Sequence[StepEnded]) -> datetime:
    """The start as somebody gave it, else that of the first step, else when we first heard of the build."""
    given = next((one.started_at for one in told if one.started_at), None)
    first = min((event.step.started_at for event in steps), default=None)
    return given or first or min(one.received_at for one in told)


def _duration_s(end: BuildCompleted | None, started_at: datetime, finished_at: datetime | None) -> float | None:
    if end is None or finished_at is None:
        return None
    taken = (finished_at - started_at).total_seconds()
    return end.duration_s if end.duration_s is not None else max(0.0, taken)


def _first(told: Sequence[About], name: str) -> Any:
    """What the first that says anything of it says."""
    return next((value for one in told if (value := getattr(one, name)) is not None), None)
