"""The canary rule: a configuration that turned out worse than the default is not suggested again."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inframind.builds import Build, BuildOutcome, Configuration

LEAST_EACH = 2  # one build is noise: a build time varies by a tenth or more between equal runs
FAR_WORSE = 0.5  # but not this far: a single build that takes half as long again is enough
FAULTS_OF_A_CONFIGURATION = {"out_of_memory", "timed_out"}  # a failed test is not


@dataclass(frozen=True, slots=True)
class Tried:
    """A finished build as the guards see it: what it ran with, what it took by the objective, its peak memory.

    `value` is seconds, dollars or the blend of both, whatever the request minimises; None: not measured. `proven` is
    the CPUs and GB that it is known to have had, whatever it says that it ran with.
    """

    configuration: Configuration
    outcome: BuildOutcome
    value: float | None = None
    peak_memory_gb: float | None = None
    proven: tuple[float, float] = (0.0, 0.0)


def peak_memory_gb(build: Build) -> float | None:
    """The largest measured peak of the build's steps, in GB; None if none was measured."""
    return max((step.max_rss_gb for step in build.steps if step.max_rss_gb is not None), default=None)


def withdrawn(tried: Iterable[Tried], default: Configuration, worse: float) -> dict[Configuration, str]:
    """Configurations that must not be suggested, each with the reason in words.

    Out of memory or out of time once, or, by the geometric mean of two builds and more on each side, worse than the
    default by more than the share `worse`. The default itself is never withdrawn.

    >>> plain = Configuration(concurrency=2, cpus=2, memory_gb=8)
    >>> slow = Configuration(concurrency=8, cpus=4, memory_gb=8)
    >>> times = [(plain, 100), (plain, 100), (slow, 110), (slow, 108)]
    >>> withdrawn([Tried(c, "success", t) for c, t in times], plain, worse=0.05)[slow]
    'took 9 % more than the default over 2 builds'
    """
    by_configuration: dict[Configuration, list[Tried]] = {}
    for one in tried:
        by_configuration.setdefault(one.configuration, []).append(one)
    usual = _logs(by_configuration.pop(default, []))
    reasons = ((known, _reason(runs, usual, worse)) for known, runs in by_configuration.items())
    return {known: reason for known, reason in reasons if reason}


def _reason(runs: Sequence[Tried], usual: Sequence[float], worse: float) -> str | None:
    for run in runs:
        if run.outcome in FAULTS_OF_A_CONFIGURATION:
            return f"a build with it ended {run.outcome.replace('_', ' ')}"
    logs = _logs(runs)
    if not logs or not usual:
        return None
    more = math.expm1(min(sum(logs) / len(logs) - sum(usual) / len(usual), 700.0))
    enough = min(len(logs), len(usual)) >= LEAST_EACH
    if more > (worse if enough else max(worse, FAR_WORSE)):
        return f"took {more:.0%} more than the default over {len(logs)} builds".replace("%", " %")
    return None


def _logs(runs: Sequence[Tried]) -> list[float]:
    """Logarithms of what successful builds took."""
    return [
        math.log(run.value)
        for run in runs
        if run.outcome == "success" and run.value is not None and 0 < run.value < math.inf
    ]
