"""What the next build of a pipeline should run with: a model forecasts, the objective weighs, the guards decide.

What counts is the model's expectation, never the build that was lucky once. Of what is expected to be about as good
as the best, the one that promises most improvement is suggested; "about" narrows with every build. A share of the
suggestions explores: there, the expected improvement alone counts. All choose among safe configurations.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from inframind.builds import Build, Configuration, Estimate, Suggestion
from inframind.optimization import guards
from inframind.optimization.canary import Tried, peak_memory_gb
from inframind.optimization.candidates import grid
from inframind.optimization.objective import CPUS, Worth, Yardstick, expected, improvement, worth, yardstick
from inframind.optimization.requests import Floats, Forecast, Model, Observed, OptimizeRequest, configuration, design
from inframind.optimization.standing import DEFAULT_POLICY, Host, Policy, Standing, proven
from inframind.optimization.wording import reason

NINE_OF_TEN = 1.8  # standard deviations on each side: more than a normal distribution's 1.645, for builds have outliers
CAUTION = 0.3  # standard deviations that a configuration is taken to be worse than expected: the known one wins a tie
ABOUT = 0.1  # what may be expected worse than the best, to be learnt from: 10 % for the first builds,
SETTLING = 10  # so many; then the less, the more there are


def suggest(
    request: OptimizeRequest,
    own_builds: Sequence[Build],
    model: Model,
    rng: np.random.Generator,
    policy: Policy = DEFAULT_POLICY,
) -> Suggestion:
    """The suggestion for the next build, with what it is expected to take, why, and which guards bound it.

    `own_builds` are the pipeline's, oldest first. The same arguments and the same state of `rng` suggest the same.
    """
    view = _view(request, own_builds, model)
    standing = _standing(request, own_builds, view)
    identifier, roll = rng.bytes(8).hex(), float(rng.random())
    explores, forbidden = guards.explores(standing, roll, policy)
    about = 0.0 if request.release or not policy.exploration else ABOUT * min(1, SETTLING / max(len(own_builds), 1))
    wanted = _wanted(_candidates(request, own_builds), standing, view, policy, about)
    guarded = guards.bound(wanted.improving if explores else wanted.near, view.guarded, standing, policy)
    bounds = guarded.bounds if forbidden is None or forbidden in guarded.bounds else (*guarded.bounds, forbidden)
    duration_s, cost_usd, memory_gb = _estimates(view, guarded.configuration)
    timed, weighed = view.knows
    found = Suggestion(
        id=identifier,
        pipeline=request.pipeline,
        configuration=guarded.configuration,
        default=request.default,
        duration_s=duration_s if timed else None,
        cost_usd=cost_usd if timed else None,
        peak_memory_gb=memory_gb if weighed else None,
        reason="",
        explores=explores and not guarded.is_default,
        is_default=guarded.configuration == request.default,
        model_version=model.version,
        builds_known=len(own_builds),
        guards=bounds,
    )
    default_s, default_usd, _ = _estimates(view, request.default)
    dearer = wanted.dearer if guarded.configuration == wanted.near != wanted.best else None
    return found.model_copy(update={"reason": reason(found, default_s, default_usd, dearer)})


@dataclass(frozen=True, slots=True)
class _View:
    """A fitted model, what time and cost are measured against, and whether it has seen any duration, any memory."""

    knows: tuple[bool, bool]
    forecast: Callable[[Floats], Forecast]
    against: Yardstick

    def of(self, x: Floats) -> tuple[guards.Forecast, Worth]:
        found = self.forecast(x)
        value = worth(found, x, self.against)
        high = np.exp(found.log_memory + NINE_OF_TEN * np.hypot(found.memory_sd, found.memory_noise_sd))
        return guards.Forecast(value.risked, high, 1.0), value

    def guarded(self, x: Floats) -> guards.Forecast:
        return self.of(x)[0]


def _view(request: OptimizeRequest, own_builds: Sequence[Build], model: Model) -> _View:
    own = Observed.of(own_builds, request.default)
    own = own if np.isfinite(own.duration_s).any() else own.after(Observed.said(request))
    forecast = model.fitted(own, request.context)
    default = forecast(design([request.default]))
    knows = bool(np.isfinite(own.duration_s).any()), bool(np.isfinite(own.memory_gb).any())
    return _View(knows, forecast, yardstick(default, request.default.cpus, request.cost_share, request.prices))


def _standing(request: OptimizeRequest, own_builds: Sequence[Build], view: _View) -> Standing:
    known = request.host_cpus is not None and request.host_memory_gb is not None
    return Standing(
        default=request.default,
        host=Host(request.host_cpus or 0.0, request.host_memory_gb or 0.0) if known else None,
        tried=tuple(_tried(b, request.default, view) for b in own_builds if b.outcome not in ("running", "abandoned")),
        builds_elsewhere=request.builds_elsewhere,
        model_age=request.model_age,
        release=request.release,
    )


def _tried(build: Build, default: Configuration, view: _View) -> Tried:
    ran_with, against, value = build.configuration or default, view.against, None
    if build.duration_s:
        cost_usd = against.prices.cost(build.duration_s, ran_with.cpus)
        value = against.value(build.duration_s, cost_usd)
    return Tried(ran_with, build.outcome, value, peak_memory_gb(build), proven(build))


def _candidates(request: OptimizeRequest, own_builds: Sequence[Build]) -> Floats:
    """What comes into question. For time alone no less memory than the default's: it makes no build faster."""
    known = {build.configuration for build in own_builds if build.configuration} | {request.default}
    least_gb = request.default.memory_gb if request.cost_share == 0 else 0.0
    in_order = sorted(known, key=lambda one: tuple(one.model_dump().values()))
    return grid(request.host_cpus, request.host_memory_gb, in_order, least_gb)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The best by all that is known, the most promising among its like, and the one most worth trying at all.

    `dearer`: the share by which `near` is expected to be worse than `best`.
    """

    best: Configuration
    near: Configuration
    improving: Configuration
    dearer: float = 0.0


def _wanted(x: Floats, standing: Standing, view: _View, policy: Policy, about: float) -> _Wanted:
    """What is wanted among the safe candidates; where none is safe, the best, of which the guards make something."""
    told, value = view.of(x)
    cautious = value.risked + CAUTION * value.nodes.std(axis=0)
    safe = np.flatnonzero(guards.safe(x, told, standing, policy))
    if not len(safe):
        best = configuration(x[np.argmin(cautious)])
        return _Wanted(best, best, best)
    best_at = safe[np.argmin(cautious[safe])]
    gain = improvement(value, float(value.risked[best_at]))
    near = safe[value.risked[safe] <= value.risked[best_at] * (1 + about)] if about else np.array([best_at])
    at = [best_at, *(some[np.argmax(gain[some])] if gain[some].any() else best_at for some in (near, safe))]
    best, close, improving = (configuration(x[one]) for one in at)
    return _Wanted(best, close, improving, float(value.risked[at[1]] / value.risked[best_at]) - 1)


def _estimates(view: _View, chosen: Configuration) -> tuple[Estimate, Estimate, Estimate]:
    """Duration, cost and peak memory of one build: the mean, and between which nine of ten lie."""
    x, prices = design([chosen]), view.against.prices
    found = view.forecast(x)
    seconds, dollars = expected(found, x[:, CPUS], prices)
    spread = float(np.hypot(found.duration_sd[0], found.noise_sd))
    low_s, high_s = (float(np.exp(found.log_duration[0] + side * NINE_OF_TEN * spread)) for side in (-1, 1))
    unsure = float(np.hypot(found.memory_sd[0], found.memory_noise_sd))
    peaks = [float(np.exp(found.log_memory[0] + side * NINE_OF_TEN * unsure)) for side in (-1, 0, 1)]
    costs = (prices.cost(low_s, chosen.cpus), float(dollars.mean()), prices.cost(high_s, chosen.cpus))
    return _estimate(low_s, float(seconds.mean()), high_s), _estimate(*costs), _estimate(*peaks)


def _estimate(low: float, mean: float, high: float) -> Estimate:
    """To three digits: no forecast knows more."""
    low, mean, high = (float(f"{value:.3g}") for value in (low, mean, high))
    return Estimate(mean=mean, low=low, high=high)
