"""Where a pipeline stands when a suggestion is asked: its host, its default, what was tried; and the box around it."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from inframind.builds import Build, Configuration
from inframind.optimization.canary import Tried, peak_memory_gb
from inframind.records import Record

Floats = NDArray[np.float64]

LEAST_OF_A_HOST = 0.01  # CPUs or GB: who says less did not mean it
MOST_CPUS, MOST_MEMORY_GB = 1024.0, 65_536.0  # what a Configuration can say at all
JOBS_A_CPU = 2  # more parallel jobs than this for each CPU only wait for each other; some waiting for I/O is worth it
CACHE_STEP_GB = 4.0  # a cache may grow by this much at once: from none, no factor leads anywhere
RELEASES = re.compile(r"(refs/heads/)?(release|hotfix)[/-].+|refs/tags/.+|v\d+(\.\d+)+.*", re.IGNORECASE)


class Policy(Record):
    """How far the guards let a suggestion go."""

    headroom: float = Field(
        0.15, ge=0.05, le=4, allow_inf_nan=False, description="Over the predicted peak's upper bound."
    )
    step: float = Field(
        4.0, ge=1, le=16, allow_inf_nan=False, description="Most that a build may grow by, as a factor."
    )
    least_own: int = Field(1, ge=1, description="Finished builds of the pipeline below which the default stays.")
    least_known: int = Field(3, ge=1, description="The same, with the builds of other pipelines counted in.")
    stale_after: timedelta = Field(timedelta(days=14), description="Age of a model from which it is not asked.")
    worse: float = Field(
        0.05, ge=0, le=1, allow_inf_nan=False, description="Share from which worse than the default is."
    )
    exploration: float = Field(0.15, ge=0, le=1, allow_inf_nan=False, description="Share of suggestions that explore.")


DEFAULT_POLICY = Policy()


@dataclass(frozen=True, slots=True)
class Host:
    """What the machine has; always finite and above zero."""

    cpus: float
    memory_gb: float


UNNAMED = Host(64.0, 256.0)  # the largest usual sizes: builds make nothing beyond believable on a host nobody names


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a pipeline when a suggestion is asked: `tried` is oldest first, `host` None where nobody said.

    `builds_elsewhere`: finished builds of other pipelines that the model has learnt from. `model_age` None: nothing
    was trained, only this pipeline's own builds are used.
    """

    default: Configuration
    host: Host | None = None
    tried: tuple[Tried, ...] = ()
    builds_elsewhere: int = 0
    model_age: timedelta | None = None
    release: bool = False


def host_in(context: Mapping[str, Any]) -> Host | None:
    """The host as a build's context tells of it (`cpus`, `memory_gb`), or None where it does not, or not in earnest.

    >>> host_in({"cpus": 8, "memory_gb": 32}), host_in({"cpus": float("nan"), "memory_gb": -1})
    (Host(cpus=8.0, memory_gb=32.0), None)
    """
    cpus, memory_gb = _amount(context.get("cpus")), _amount(context.get("memory_gb"))
    if cpus is None or memory_gb is None:
        return None
    return Host(min(cpus, MOST_CPUS), min(memory_gb, MOST_MEMORY_GB))


def is_release(context: Mapping[str, Any], branch: str | None = None) -> bool:
    """Whether the build is a release: said so, of a tag, or of a branch named so.

    >>> is_release({"release": "true"}), is_release({}, "release/2.1"), is_release({}, "v1.4.0"), is_release({}, "main")
    (True, True, True, False)
    """
    said = context.get("release")
    if isinstance(said, str):
        said = said.strip().lower() not in {"", "0", "false", "no", "off"}
    names = (branch, context.get("branch"), context.get("ref"))
    return bool(said) or bool(context.get("tag")) or any(isinstance(n, str) and RELEASES.fullmatch(n) for n in names)


def row(configuration: Configuration) -> Floats:
    """The configuration as the four columns of candidates: concurrency, cpus, memory_gb, cache_gb."""
    one = configuration
    return np.array([one.concurrency, one.cpus, one.memory_gb, one.cache_gb], np.float64)


def clipped(configuration: Configuration, host: Host | None) -> Configuration:
    """The configuration, with no more CPUs, memory and parallel jobs than the host carries.

    >>> clipped(Configuration(concurrency=64, cpus=64, memory_gb=8), Host(cpus=4, memory_gb=16))
    Configuration(concurrency=8, cpus=4.0, memory_gb=8.0, cache_gb=0.0)
    """
    if host is None:
        return configuration
    return Configuration(
        concurrency=max(1, min(configuration.concurrency, math.floor(host.cpus * JOBS_A_CPU))),
        cpus=min(configuration.cpus, host.cpus),
        memory_gb=min(configuration.memory_gb, host.memory_gb),
        cache_gb=configuration.cache_gb,
    )


def box(standing: Standing, policy: Policy = DEFAULT_POLICY) -> tuple[Floats, Floats]:
    """The least and the most of each column: one step from the last build, and never above the host.

    Where nobody named a host, the most is what the pipeline is known to have run with and not failed.
    """
    most = ceiling(standing)
    last = row(standing.tried[-1].configuration if standing.tried else standing.default)
    last = last if standing.host else np.minimum(last, most)  # a size that nobody has seen is no place to step from
    low, high = last / policy.step, last * policy.step
    low[0] = max(1.0, math.ceil(low[0]))
    low[3], high[3] = min(low[3], max(0.0, last[3] - CACHE_STEP_GB)), max(high[3], last[3] + CACHE_STEP_GB)
    return np.minimum(low, most), np.minimum(high, most)


def ceiling(standing: Standing) -> Floats:
    """The most of each column on this host, or, where nobody named it, as far as the pipeline has come without failing.

    How far that is, builds prove by the host that they name or by what was measured of them; UNNAMED bounds it.

    >>> plain = Configuration(concurrency=2, cpus=2, memory_gb=8)
    >>> ceiling(Standing(default=plain, host=Host(cpus=4, memory_gb=16)))[:3].tolist()
    [8.0, 4.0, 16.0]
    >>> large = Configuration(concurrency=9, cpus=1024, memory_gb=16)
    >>> ceiling(Standing(plain, tried=(Tried(large, "success", proven=(8.0, 32.0)),)))[:3].tolist()
    [16.0, 8.0, 16.0]
    """
    host = standing.host or _come_to(standing)
    jobs = min(max(1, math.floor(host.cpus * JOBS_A_CPU)), 1024)
    return np.array([jobs, host.cpus, host.memory_gb, MOST_MEMORY_GB])


def proven(build: Build) -> tuple[float, float]:
    """CPUs and GB that a build is known to have had: those of the host it names, else up to twice what it used."""
    host = host_in(build.context)
    if host:
        return host.cpus, host.memory_gb
    cores = max((step.peak_cores or step.mean_cores or 0.0 for step in build.steps), default=0.0)
    return 2 * cores, 2 * (peak_memory_gb(build) or 0.0)


def _come_to(standing: Standing) -> Host:
    found = Host(standing.default.cpus, standing.default.memory_gb)
    for one in standing.tried:
        if one.outcome == "success":
            cpus = min(one.configuration.cpus, one.proven[0], UNNAMED.cpus)
            memory_gb = min(one.configuration.memory_gb, one.proven[1], UNNAMED.memory_gb)
            found = Host(max(found.cpus, cpus), max(found.memory_gb, memory_gb))
    return found


def _amount(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if LEAST_OF_A_HOST <= number < math.inf else None
