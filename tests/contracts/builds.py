"""Builders of what is told of builds."""

from datetime import UTC, datetime, timedelta
from typing import Any

from inframind.optimization.events import BuildCompleted, BuildEvent, BuildStarted, StepEnded
from inframind.optimization.log import BuildLog, merged

TEN = datetime(2026, 1, 11, 10, 0, tzinfo=UTC)


def at(minute: float) -> datetime:
    """That many minutes after ten."""
    return TEN + timedelta(minutes=minute)


def started(run_id: str = "run-1", minute: float = 0, **changes: Any) -> BuildStarted:
    """A build of team/shop starts, and we hear of it at once."""
    given = {"run_id": run_id, "pipeline": "team/shop", "started_at": at(minute), "received_at": at(minute)}
    return BuildStarted.model_validate(given | changes)


def step(run_id: str = "run-1", minute: float = 1, *, name: str = "compile", **changes: Any) -> StepEnded:
    """A step of a minute ends; `changes` are the step's own."""
    told = {"run_id": run_id, "pipeline": "team/shop", "received_at": at(minute + 1)}
    times = {"started_at": at(minute), "finished_at": at(minute + 1), "duration_s": 60.0}
    return StepEnded.model_validate(told | {"step": {"step": name, "outcome": "success"} | times | changes})


def completed(run_id: str = "run-1", minute: float = 3, **changes: Any) -> BuildCompleted:
    """A build succeeds."""
    given = {"run_id": run_id, "pipeline": "team/shop", "outcome": "success", "received_at": at(minute)}
    return BuildCompleted.model_validate(given | {"finished_at": at(minute)} | changes)


def log(*events: BuildEvent) -> BuildLog:
    """The log of one build."""
    return merged(BuildLog(run_id=events[0].run_id), events)
