"""What is asked of the optimizer, what it knows of builds, and what any model of builds answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from inframind.builds import Build, Configuration
from inframind.optimization.prices import PriceTable
from inframind.records import Record

KNOBS = ("concurrency", "cpus", "memory_gb", "cache_gb")  # columns of a design, in this order
DEFAULT = Configuration(concurrency=2, cpus=2, memory_gb=8)  # a small hosted runner, where nothing else is said

LEAST, MOST = 1e-6, 1e12  # seconds or GB: beyond it, a figure is a mistake

Objective = Literal["time", "cost", "blend"]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class OptimizeRequest(Record):
    """For which pipeline, on which host, towards what: everything a suggestion depends on but builds and model.

    `context` is what the sender said (tool, max_rss_gb, num_steps, avg_step_duration_s, …). `weight` is the share of
    cost in a blend: 0 is time alone, 1 cost alone. `release` builds are never used to explore.
    """

    pipeline: str
    context: dict[str, Any] = Field(default_factory=dict)
    objective: Objective = "blend"
    weight: float = Field(1 / 3, ge=0, le=1)
    host_cpus: float | None = Field(None, gt=0)
    host_memory_gb: float | None = Field(None, gt=0)
    release: bool = False
    default: Configuration = DEFAULT
    prices: PriceTable = PriceTable()
    builds_elsewhere: int = Field(0, ge=0, description="Builds of other pipelines that the model has learnt from.")
    model_age: timedelta | None = Field(None, description="None: nothing was trained; the pipeline's builds alone.")

    @property
    def cost_share(self) -> float:
        """The weight of cost: 0 for time, 1 for cost, `weight` between them."""
        return {"time": 0.0, "cost": 1.0, "blend": self.weight}[self.objective]


@dataclass(frozen=True, slots=True)
class Observed:
    """Builds as arrays, one row a build: `x` (n, knobs); unknown figures are NaN; `oom`: it ran out of memory."""

    x: Floats
    duration_s: Floats
    memory_gb: Floats
    oom: Flags

    @classmethod
    def of(cls, builds: Sequence[Build], default: Configuration = DEFAULT) -> Self:
        """Rows of the builds that tell something: they succeeded, or ran out of memory.

        A build whose compiler found a fault, or that was abandoned, says nothing about its configuration; one that
        does not say what it ran with ran with the default.
        """
        told = [b for b in builds if b.outcome in ("success", "out_of_memory")]
        oom = np.array([b.outcome == "out_of_memory" for b in told], dtype=bool)
        taken = np.array([_positive(b.duration_s) for b in told], dtype=np.float64)
        return cls(
            design([b.configuration or default for b in told]),
            np.where(oom, np.nan, taken),
            np.array([_peak(b) for b in told], dtype=np.float64),
            oom,
        )

    @classmethod
    def said(cls, request: OptimizeRequest) -> Self:
        """What the sender of a request says that its default takes, as one build, where no build was seen."""
        steps, each_s, peak_gb = (
            _figure(request.context, name) for name in ("num_steps", "avg_step_duration_s", "max_rss_gb")
        )
        none = np.zeros(1, dtype=bool)
        return cls(design([request.default]), np.array([steps * each_s]), np.array([peak_gb]), none)

    def __len__(self) -> int:
        return len(self.x)

    def after(self, before: "Observed") -> "Observed":
        """These builds, with others before them."""
        return Observed(
            np.concatenate([before.x, self.x]),
            np.concatenate([before.duration_s, self.duration_s]),
            np.concatenate([before.memory_gb, self.memory_gb]),
            np.concatenate([before.oom, self.oom]),
        )

    def rows(self, at: NDArray[np.intp]) -> Self:
        """The builds at these places."""
        return type(self)(self.x[at], self.duration_s[at], self.memory_gb[at], self.oom[at])


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of one pipeline: what its senders said of it, and its builds."""

    pipeline: str
    context: Mapping[str, Any]
    observed: Observed


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a model expects of configurations, one element each, in logarithms because durations and memory multiply.

    `duration_sd` and `memory_sd` are how unsure the model is of the long-run mean; `noise_sd` and `memory_noise_sd` how
    much single builds vary around it. `oom` is the probability that a build runs out of memory.
    """

    log_duration: Floats
    duration_sd: Floats
    noise_sd: float
    log_memory: Floats
    memory_sd: Floats
    memory_noise_sd: float
    oom: Floats


class Model(Protocol):
    """Anything that can say what builds of a pipeline would take, given the builds it has had."""

    @property
    def version(self) -> str:
        """Names the model in a suggestion."""

    def fitted(self, own: Observed, context: Mapping[str, Any]) -> Callable[[Floats], Forecast]:
        """What builds with configurations (n, knobs) would take, as a function: asked more than once, fitted once."""


def design(configurations: Sequence[Configuration]) -> Floats:
    """Configurations as rows of numbers, columns as in KNOBS.

    >>> design([DEFAULT]).tolist()
    [[2.0, 2.0, 8.0, 0.0]]
    """
    rows = [[float(getattr(c, knob)) for knob in KNOBS] for c in configurations]
    return np.array(rows, dtype=np.float64).reshape(-1, len(KNOBS))


def configuration(row: Floats) -> Configuration:
    """The configuration that a row of a design stands for."""
    jobs, cpus, memory_gb, cache_gb = row.tolist()
    return Configuration(concurrency=round(jobs), cpus=cpus, memory_gb=memory_gb, cache_gb=cache_gb)


def _peak(build: Build) -> float:
    known = [peak for step in build.steps if np.isfinite(peak := _positive(step.max_rss_gb))]
    return max(known, default=float("nan"))


def _figure(context: Mapping[str, Any], name: str) -> float:
    value = context.get(name)
    return _positive(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")


def _positive(value: float | None) -> float:
    """The value within what arithmetic can bear, or NaN: nothing takes no time or no memory."""
    return float(value) if value is not None and LEAST < value < MOST else float("nan")
