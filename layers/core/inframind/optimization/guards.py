"""Guards: what no suggestion may be, whatever a model predicts and whatever a request says.

A configuration is safe when it lies in a box (the host, and a bounded step from the last build) and its forecast is
usable: memory above the predicted peak, not worse than the default. `safe` asks that of all candidates at once, `bound`
brings one configuration into the box or falls back to the default. What is not a number is not safe.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.builds import Bound, Configuration
from inframind.optimization.canary import withdrawn
from inframind.optimization.standing import DEFAULT_POLICY, Floats, Policy, Standing, box, ceiling, clipped, row

SAME = 1e-9  # relative: rounding is no change
COLUMNS = (
    ("concurrency", "", "host_cpu"),
    ("CPUs", "", "host_cpu"),
    ("memory", " GB", "host_memory"),
    ("cache", " GB", "change"),
)


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a model expects of n configurations, all (n,): the objective's mean, and the upper bound of peak memory.

    `default_value` is the same model's expectation of the default.
    """

    value: Floats
    peak_high_gb: Floats
    default_value: float


Forecaster = Callable[[Floats], Forecast]


@dataclass(frozen=True, slots=True)
class Guarded:
    """What may be suggested, and what bound it."""

    configuration: Configuration
    is_default: bool
    bounds: tuple[Bound, ...] = ()


def safe(
    candidates: Floats, forecast: Forecast, standing: Standing, policy: Policy = DEFAULT_POLICY
) -> NDArray[np.bool_]:
    """Which of the candidates (n, 4: concurrency, cpus, memory_gb, cache_gb) may be suggested as they are.

    `bound` leaves exactly these as they are. None, if the pipeline has to stay with its default.
    """
    if default_only(standing, policy):
        return np.zeros(len(candidates), bool)
    low, high = box(standing, policy)
    inside: NDArray[np.bool_] = np.all((candidates >= low * (1 - SAME)) & (candidates <= high * (1 + SAME)), axis=1)
    inside &= (candidates[:, :3] > 0).all(axis=1) & (candidates[:, 0] == np.floor(candidates[:, 0]))
    for refused in withdrawn(standing.tried, standing.default, policy.worse):
        inside &= ~np.isclose(candidates, row(refused), rtol=SAME).all(axis=1)
    roomy = candidates[:, 2] >= memory_needed(candidates, forecast, standing, policy) * (1 - SAME)
    return inside & roomy & _no_worse(forecast, policy)


def bound(
    wanted: Configuration, forecaster: Forecaster, standing: Standing, policy: Policy = DEFAULT_POLICY
) -> Guarded:
    """The configuration as far as it is safe, else the default within the host; with every guard that had a say."""
    held = default_only(standing, policy)
    if held:
        return _fall_back(standing, (held,))
    low, high = box(standing, policy)
    asked = row(wanted)
    if not np.isfinite(asked).all():
        return _fall_back(standing, (Bound(guard="unusable", effect="the default: what was wanted is not a number"),))
    values = np.clip(asked, low, high)
    values[0] = max(1.0, math.floor(values[0]))
    bounds = _moved(asked, values, standing)
    seen = _look(values, forecaster)
    needed_gb = seen.needed_gb(standing, policy)
    if not seen.is_roomy(standing, policy) and needed_gb <= high[2]:
        seen = _look(_raised(needed_gb, values, float(high[2])), forecaster)
        effect = f"memory raised to {seen.values[2]:.1f} GB: {_percent(policy.headroom)} over the peak to expect"
        bounds = (*bounds, Bound(guard="memory_headroom", effect=effect))
    refusal = _refusal(seen, standing, policy)
    if refusal:
        return _fall_back(standing, (*bounds, refusal))
    return Guarded(_configuration(seen.values), False, bounds)


def default_only(standing: Standing, policy: Policy = DEFAULT_POLICY) -> Bound | None:
    """Why nothing but the default may be suggested: too little is known, or the model is old; None if neither."""
    own, elsewhere = len(standing.tried), standing.builds_elsewhere
    if own < policy.least_own:
        few = f"only {own} of {policy.least_own} builds" if own else "no build"
        return Bound(guard="little_data", effect=f"the default: {few} of this pipeline ended so far")
    if own + elsewhere < policy.least_known:
        plural = "" if own == 1 else "s"
        effect = (
            f"the default: {own} build{plural} of this pipeline and {elsewhere} of others are too few to learn from"
        )
        return Bound(guard="little_data", effect=effect)
    if standing.model_age is not None and standing.model_age > policy.stale_after:
        days, most = standing.model_age.days, policy.stale_after.days
        return Bound(guard="stale_model", effect=f"the default: the model is {days} days old, more than {most}")
    return None


def explores(standing: Standing, roll: float, policy: Policy = DEFAULT_POLICY) -> tuple[bool, Bound | None]:
    """Whether this suggestion may explore, for a `roll` in [0, 1); and the guard, if one forbade what the roll allowed.

    >>> from datetime import timedelta
    >>> plain = Configuration(concurrency=2, cpus=2, memory_gb=8)
    >>> explores(Standing(default=plain, release=True), 0.01)[1].guard
    'release'
    """
    if not 0 <= roll < policy.exploration:
        return False, None
    if standing.release:
        return False, Bound(guard="release", effect="no exploration: this is a release build")
    held = default_only(standing, policy)
    return held is None, held


def memory_needed(
    candidates: Floats, forecast: Forecast, standing: Standing, policy: Policy = DEFAULT_POLICY
) -> Floats:
    """GB that each candidate must have: headroom over its predicted peak's upper bound, and over what was seen.

    Peaks measured, and the memory of builds that ran out of it, at no more concurrency than the candidate's. NaN and
    infinite where the prediction is of no use.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        usable = np.isfinite(forecast.peak_high_gb) & (forecast.peak_high_gb > 0)
        needed = np.where(usable, forecast.peak_high_gb * (1 + policy.headroom), np.inf)
        for one in standing.tried:
            seen = max(_usable(one.peak_memory_gb), one.configuration.memory_gb * (one.outcome == "out_of_memory"))
            at_least = np.where(candidates[:, 0] >= one.configuration.concurrency, seen * (1 + policy.headroom), 0.0)
            needed = np.maximum(needed, at_least)
    return needed


@dataclass(frozen=True, slots=True)
class _Seen:
    """One configuration as a row, and what is forecast of it."""

    values: Floats
    forecast: Forecast

    def needed_gb(self, standing: Standing, policy: Policy) -> float:
        return float(memory_needed(self.values[np.newaxis], self.forecast, standing, policy)[0])

    def is_roomy(self, standing: Standing, policy: Policy) -> bool:
        return bool(self.values[2] >= self.needed_gb(standing, policy) * (1 - SAME))


def _look(values: Floats, forecaster: Forecaster) -> _Seen:
    return _Seen(values, forecaster(values[np.newaxis]))


def _raised(needed_gb: float, values: Floats, most_gb: float) -> Floats:
    """The values with memory in whole tenths of a GB above what is needed, as far as there is memory."""
    raised = values.copy()
    raised[2] = max(values[2], min(math.ceil(needed_gb * 10) / 10, most_gb))
    return raised


def _refusal(seen: _Seen, standing: Standing, policy: Policy) -> Bound | None:
    """Why the configuration may not be suggested at all; None if it may."""
    if not seen.is_roomy(standing, policy):
        effect = "the default: the memory to expect with headroom is more than one build may take, or not known"
        return Bound(guard="memory_headroom", effect=effect)
    for refused, reason in withdrawn(standing.tried, standing.default, policy.worse).items():
        if np.isclose(seen.values, row(refused), rtol=SAME).all():
            return Bound(guard="canary", effect=f"the default: this configuration was withdrawn, {reason}")
    if not _no_worse(seen.forecast, policy)[0]:
        return Bound(
            guard="canary", effect=f"the default: expected to be worse than it by more than {_percent(policy.worse)}"
        )
    return None


def _no_worse(forecast: Forecast, policy: Policy) -> NDArray[np.bool_]:
    usual = forecast.default_value
    if not 0 < usual < math.inf:
        return np.zeros(len(forecast.value), bool)
    return (forecast.value > 0) & (forecast.value <= usual * (1 + policy.worse))


def _fall_back(standing: Standing, bounds: tuple[Bound, ...]) -> Guarded:
    """The default; never more than the host has."""
    home = clipped(standing.default, standing.host)
    return Guarded(home, True, bounds + _moved(row(standing.default), row(home), standing))


def _moved(asked: Floats, given: Floats, standing: Standing) -> tuple[Bound, ...]:
    """What the box changed, one sentence a column."""
    most = ceiling(standing)
    limit = "the host has no more" if standing.host else "no build is known to have had more, and no host is named"
    found = []
    for column, (name, unit, guard) in enumerate(COLUMNS):
        if math.isclose(asked[column], given[column], rel_tol=SAME):
            continue
        at_most = asked[column] > given[column] >= most[column]
        reason = limit if at_most else "a build is one bounded step from the last"
        effect = f"{name} {asked[column]:g}{unit} became {given[column]:g}{unit}: {reason}"
        found.append(Bound(guard=guard if at_most else "change", effect=effect))
    return tuple(found)


def _configuration(values: Floats) -> Configuration:
    concurrency, cpus, memory_gb, cache_gb = (float(value) for value in values)
    return Configuration(concurrency=int(concurrency), cpus=cpus, memory_gb=memory_gb, cache_gb=cache_gb)


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _usable(value: float | None) -> float:
    return value if value is not None and 0 < value < math.inf else 0.0
