"""What senders of builds post, over HTTP or straight into BuildsQueue, and the events that it becomes."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError, model_validator

from inframind.builds import Configuration, Step, StepOutcome
from inframind.errors import Fault, faulty
from inframind.identity import VISIBLE
from inframind.optimization.events import BuildCompleted, BuildEvent, BuildStarted, StepEnded
from inframind.records import from_ms, to_ms

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # earlier times are clocks that were never set
CONTEXT_ENTRIES = 50
WORD_CHARS = 500
LARGEST = 1e300  # JSON spells larger integers, which are no floats; not a number is not below it either
BYTES_PER_GB = 1e9  # as the agent counts
TYPE = {"type"}  # which schema it is, not what it says
CLEAN = re.compile(VISIBLE)


def _aware(moment: datetime) -> datetime:
    """In UTC, which is what a time without an offset is taken for; to the millisecond, which is what is kept."""
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if known < EARLIEST:
        raise ValueError("must not lie before 2000")
    return from_ms(to_ms(known))


def _named(name: str) -> str:
    if not name.strip():
        raise ValueError("must not be blank")
    if len(name.encode(errors="replace")) > 512:
        raise ValueError("must take at most 512 bytes")
    return name


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        plain = len(value) <= WORD_CHARS and CLEAN.fullmatch(value) is not None
    else:
        plain = value is None or (isinstance(value, bool | int | float) and abs(value) < LARGEST)
    if not plain:
        raise ValueError(
            f"must be a number below {LARGEST:g}, true, false, null, or text of up to {WORD_CHARS} visible characters"
        )
    return value


Time = Annotated[datetime, AfterValidator(_aware)]
"""RFC 3339, epoch seconds or epoch milliseconds."""
Name = Annotated[str, Field(min_length=1, max_length=512, pattern=VISIBLE), AfterValidator(_named)]
StepName = Annotated[str, Field(min_length=1, max_length=200, pattern=VISIBLE)]
Word = Annotated[str, Field(max_length=WORD_CHARS, pattern=VISIBLE)]
Scalar = Annotated[str | int | float | bool | None, BeforeValidator(_plain)]
Amount = Annotated[float | None, Field(ge=0, le=1e15, allow_inf_nan=False)]
Count = Annotated[int | None, Field(ge=0, le=2**63 - 1)]
ExitCode = Annotated[int | None, Field(ge=-(2**31), le=2**32)]
Seconds = Annotated[float | None, Field(ge=0, le=3e7, allow_inf_nan=False)]


class SaidOfBuild(BaseModel):
    """What the start and the end of a build may say of it; unknown fields are passed over."""

    run_id: Name = Field(description="Names this build among all builds of all pipelines.")
    pipeline: Name = Field(description="What is built again and again; its telemetry is the resource of this name.")
    started_at: Time | None = None
    host: Word | None = None
    repository: Word | None = None
    branch: Word | None = None
    commit: Word | None = None
    release: bool | None = Field(None, description="Whether it is a release; nothing is tried out on those.")
    context: dict[StepName, Scalar] = Field(
        default_factory=dict,
        max_length=CONTEXT_ENTRIES,
        description="Whatever else is known: `tool`, and of the host `cpus` and `memory_gb`.",
    )
    configuration: Configuration | None = Field(None, description="What the build runs with.")
    suggestion_id: Word | None = Field(None, description="The `id` of the suggestion that the build follows.")


class StartTold(SaidOfBuild):
    """A build has started."""

    def event(self, received_at: datetime) -> BuildStarted:
        """The event; what is not given stays open."""
        return BuildStarted(received_at=received_at, **self.model_dump(exclude=TYPE))


class Ended(BaseModel):
    """How something ended: `outcome`, or an `exit_code` from which it follows."""

    outcome: StepOutcome | None = None
    exit_code: ExitCode = None

    @model_validator(mode="after")
    def _known(self) -> "Ended":
        if self.outcome is None and self.exit_code is None:
            raise ValueError("needs outcome (success, failed, out_of_memory, timed_out), or exit_code")
        return self

    def ending(self) -> StepOutcome:
        """The outcome; an exit code of 0 is a success."""
        return self.outcome or ("failed" if self.exit_code else "success")


class StepTold(Ended):
    """A step has ended. Of `started_at`, `finished_at` and `duration_s` two are needed."""

    run_id: Name
    pipeline: Name
    step: StepName
    started_at: Time | None = None
    finished_at: Time | None = None
    duration_s: Seconds = None
    cpu_seconds: Amount = None
    mean_cores: Amount = None
    peak_cores: Amount = None
    max_rss_gb: Amount = None
    max_rss_bytes: Count = Field(None, description="Counts where `max_rss_gb` is not given.")
    read_bytes: Count = None
    written_bytes: Count = None
    peak_processes: Count = None
    peak_threads: Count = None
    cache_hits: Count = None
    cache_misses: Count = None

    @model_validator(mode="after")
    def _placed(self) -> "StepTold":
        given = [one is not None for one in (self.started_at, self.finished_at, self.duration_s)]
        if sum(given) < 2:
            raise ValueError("needs two of started_at, finished_at, duration_s")
        if self.started_at and self.finished_at and self.started_at > self.finished_at:
            raise ValueError("finished_at must not lie before started_at")
        return self

    def event(self, received_at: datetime) -> StepEnded:
        """The event, the third of the times found from the two that are given."""
        started_at, finished_at, duration_s = self._times()
        rss_gb = self.max_rss_gb
        if rss_gb is None and self.max_rss_bytes is not None:
            rss_gb = self.max_rss_bytes / BYTES_PER_GB
        given = self.model_dump(exclude={"run_id", "pipeline", "max_rss_bytes", *TYPE})
        times = {"started_at": started_at, "finished_at": finished_at, "duration_s": duration_s}
        step = Step(**given | times | {"outcome": self.ending(), "max_rss_gb": rss_gb})
        return StepEnded(run_id=self.run_id, pipeline=self.pipeline, received_at=received_at, step=step)

    def _times(self) -> tuple[datetime, datetime, float]:
        taken = timedelta(seconds=self.duration_s or 0.0)
        finished_at = self.finished_at or (self.started_at or EARLIEST) + taken
        started_at = self.started_at or _aware(finished_at - taken)
        given = self.duration_s
        return started_at, finished_at, (finished_at - started_at).total_seconds() if given is None else given


class CompletionTold(SaidOfBuild, Ended):
    """A build has ended."""

    finished_at: Time | None = Field(None, description="Absent: arrival.")
    duration_s: Seconds = None

    def event(self, received_at: datetime) -> BuildCompleted:
        """The event; what is not given stays open."""
        return BuildCompleted(received_at=received_at, **self.model_dump(exclude=TYPE) | {"outcome": self.ending()})


class _Start(StartTold):
    type: Literal["start"]


class _Step(StepTold):
    type: Literal["step"]


class _Completion(CompletionTold):
    type: Literal["complete"]


_MESSAGE: TypeAdapter[_Start | _Step | _Completion] = TypeAdapter(
    Annotated[_Start | _Step | _Completion, Field(discriminator="type")]
)


def in_time(event: BuildEvent, tolerance: timedelta, where: str = "") -> BuildEvent:
    """The event, unless its times lie further ahead of its arrival than clocks differ; then raises `Rejected`.

    `where` opens the names of the fields that are at fault.
    """
    horizon = event.received_at + tolerance
    told = event.step if isinstance(event, StepEnded) else event
    times = {name: getattr(told, name, None) for name in ("started_at", "finished_at")}
    faults = [
        Fault(where + name, "is ahead of the clock here") for name, time in times.items() if time and time > horizon
    ]
    if faults:
        raise faulty("The event", faults)
    return event


def event_of(message: str | bytes, received_at: datetime) -> BuildEvent:
    """The event in a message of BuildsQueue: the HTTP body and a `type`. Raises `Rejected` with every fault named."""
    try:
        told = _MESSAGE.validate_json(message)
    except ValidationError as error:
        raise faulty("The message", [_fault(one) for one in error.errors()]) from error
    return told.event(received_at)


def _fault(found: Mapping[str, Any]) -> Fault:
    return Fault(".".join(map(str, found["loc"])) or "body", found["msg"])
