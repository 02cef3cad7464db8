"""The nouns of CI builds: what a build ran with, what it took, and what is suggested for the next one."""

from typing import Any, Literal

from pydantic import Field

from inframind.records import Moment, Record

StepOutcome = Literal["success", "failed", "out_of_memory", "timed_out"]
BuildOutcome = Literal["running", "success", "failed", "out_of_memory", "timed_out", "abandoned"]


class Configuration(Record):
    """What a build runs with: parallel jobs, cores, memory, and the size of its compiler cache (0: no cache)."""

    concurrency: int = Field(ge=1, le=1024)
    cpus: float = Field(gt=0, le=1024)
    memory_gb: float = Field(gt=0, le=65_536)
    cache_gb: float = Field(0.0, ge=0, le=65_536)


class BuildStep(Record):
    """One step of a build as it was measured; what nobody measured is None."""

    step: str
    outcome: StepOutcome
    started_at: Moment
    finished_at: Moment
    duration_s: float = Field(ge=0)
    exit_code: int | None = None
    cpu_seconds: float | None = Field(None, ge=0)
    mean_cores: float | None = Field(None, ge=0)
    peak_cores: float | None = Field(None, ge=0)
    max_rss_gb: float | None = Field(None, ge=0)
    read_bytes: int | None = Field(None, ge=0)
    written_bytes: int | None = Field(None, ge=0)
    peak_processes: int | None = Field(None, ge=0)
    peak_threads: int | None = Field(None, ge=0)
    cache_hits: int | None = Field(None, ge=0)
    cache_misses: int | None = Field(None, ge=0)


Step = BuildStep  # the API's document, in which names are global, knows steps of escalations too


class Build(Record):
    """One build, from its start until it is complete, or closed because it never was.

    `context` is what the sender said of it (tool, cpus, memory_gb of the host, …); `configuration` is what it ran with.
    """

    run_id: str
    pipeline: str
    outcome: BuildOutcome = "running"
    started_at: Moment
    finished_at: Moment | None = None
    duration_s: float | None = None
    exit_code: int | None = None
    host: str | None = None
    repository: str | None = None
    branch: str | None = None
    commit: str | None = None
    release: bool = False
    context: dict[str, Any] = Field(default_factory=dict)
    configuration: Configuration | None = None
    suggestion_id: str | None = None
    steps: tuple[Step, ...] = ()


class Estimate(Record):
    """An expected value with the interval that holds nine of ten outcomes."""

    mean: float
    low: float
    high: float


class Bound(Record):
    """A guard that changed or limited a suggestion: its name and what it did, in words."""

    guard: str
    effect: str


class Suggestion(Record):
    """What the next build of a pipeline should run with, what that is expected to take, and why."""

    id: str
    pipeline: str
    configuration: Configuration
    default: Configuration
    duration_s: Estimate | None
    cost_usd: Estimate | None
    peak_memory_gb: Estimate | None
    reason: str
    explores: bool
    is_default: bool
    model_version: str
    builds_known: int
    guards: tuple[Bound, ...] = ()
