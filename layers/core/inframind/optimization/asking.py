"""What a CI system sends when it asks what to run with, and the question that it becomes."""

from pydantic import BaseModel, Field

from inframind.builds import Configuration
from inframind.optimization.prices import PriceTable
from inframind.optimization.requests import DEFAULT, Objective, OptimizeRequest
from inframind.optimization.standing import Host, clipped, host_in, is_release
from inframind.optimization.versions import Kind
from inframind.optimization.wire import CONTEXT_ENTRIES, Name, Scalar, StepName, Word


class OptimizeWanted(BaseModel):
    """For which pipeline, on which host, and towards what; unknown fields are passed over."""

    pipeline: Name = Field(description="The name under which its builds are told.")
    context: dict[StepName, Scalar] = Field(
        default_factory=dict,
        max_length=CONTEXT_ENTRIES,
        description="What is known of the build: `tool`, `max_rss_gb`, `num_steps`, `avg_step_duration_s`; and of the "
        "host that it may use: `cpus`, `memory_gb`.",
    )
    objective: Objective = Field("blend", description="Less `time`, less `cost`, or a weighted `blend`.")
    weight: float = Field(1 / 3, ge=0, le=1, allow_inf_nan=False, description="The share of cost in a blend.")
    model: Kind = Field(
        "graybox", description="`forest_v1` asks the baseline, a random forest, once one has been trained."
    )
    release: bool = Field(False, description="Whether it is a release; nothing is tried out on those.")
    branch: Word | None = Field(None, description="A branch or tag named like a release is one.")
    default: Configuration | None = Field(
        None, description="What it runs with otherwise; absent: a job for each core of the host."
    )

    def request(self, prices: PriceTable) -> OptimizeRequest:
        """The question, as the optimizer takes it."""
        host = host_in(self.context)
        return OptimizeRequest(
            pipeline=self.pipeline,
            context=self.context,
            objective=self.objective,
            weight=self.weight,
            host_cpus=host.cpus if host else None,
            host_memory_gb=host.memory_gb if host else None,
            release=self.release or is_release(self.context, self.branch),
            default=clipped(self.default or usual(host), host),
            prices=prices,
        )


def usual(host: Host | None) -> Configuration:
    """What a build runs with when nobody says: a job for each core.

    >>> usual(Host(cpus=4, memory_gb=16)).concurrency, usual(None).concurrency
    (4, 2)
    """
    if host is None:
        return DEFAULT
    return Configuration(concurrency=min(1_024, max(1, int(host.cpus))), cpus=host.cpus, memory_gb=host.memory_gb)
