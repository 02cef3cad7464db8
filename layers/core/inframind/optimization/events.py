"""What senders say of a build, one event at a time, as the log of a build keeps it."""

from typing import Annotated, Any, Literal

from pydantic import Field

from inframind.builds import Configuration, Step, StepOutcome
from inframind.identity import content_id
from inframind.records import Moment, Record, to_ms


class Spoken(Record):
    """What every event has: whose build it is, and when we heard of it."""

    run_id: str
    pipeline: str
    received_at: Moment


class About(Spoken):
    """What start and end may say of a build; what was not said is None or empty."""

    started_at: Moment | None = None
    host: str | None = None
    repository: str | None = None
    branch: str | None = None
    commit: str | None = None
    release: bool | None = None
    context: dict[str, Any] = Field(default_factory=dict)
    configuration: Configuration | None = None
    suggestion_id: str | None = None


class BuildStarted(About):
    """A build has started."""

    kind: Literal["start"] = "start"


class StepEnded(Spoken):
    """A step of a build has ended."""

    kind: Literal["step"] = "step"
    step: Step


class BuildCompleted(About):
    """A build has ended."""

    kind: Literal["complete"] = "complete"
    outcome: StepOutcome
    exit_code: int | None = None
    finished_at: Moment | None = None
    duration_s: float | None = None


class BuildClosed(Record):
    """Nothing had been heard of a build for too long; `received_at` is when the last was, so any later word counts."""

    kind: Literal["close"] = "close"
    run_id: str
    received_at: Moment


BuildEvent = BuildStarted | StepEnded | BuildCompleted | BuildClosed
AnyEvent = Annotated[BuildEvent, Field(discriminator="kind")]


def key_of(event: BuildEvent) -> str:
    """The name of an event inside its build, the same whenever it is told again.

    A step is its name and its start; of start and end every different telling is one of its own.
    """
    if isinstance(event, StepEnded):
        return f"step#{to_ms(event.step.started_at):015d}#{event.step.step}"
    if isinstance(event, BuildClosed):
        return "close"
    return f"{event.kind}#{content_id([said(event).encode()], 8)}"


def said(event: BuildEvent) -> str:
    """What the event says, as canonical text: everything but when it arrived."""
    return event.model_dump_json(exclude={"received_at"})
