"""What histories of other pipelines teach about a new one: a mixture of what is usual, and one component a history.

A history is never believed on its own: it is a component of the prior, and counts in a forecast as much as it explains
the pipeline's own builds. What is usual anywhere keeps a weight of its own, so that histories that mislead are dropped
after a few builds. Only the shape is learnt; how long and how large a pipeline is, its own first build says.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from inframind.optimization.laws import Law
from inframind.optimization.posterior import Level, Mixture
from inframind.optimization.requests import Floats

USUAL, POOLED = np.log(0.25), np.log(0.35)  # weights; the histories share the rest
UNLIKE = 2.0  # a string of the context that differs counts as so many standard deviations
LARGEST = 1e300  # of a context's numbers: JSON spells larger ones, floats do not
TYPICAL = 0.7  # a number of the context that is twice as large is one standard deviation away
# (noise, misfit), the first to begin with. With less misfit, laws would speak for what no build has tried.
DURATIONS = ((0.07, 0.12), (0.04, 0.06), (0.04, 0.2), (0.12, 0.12), (0.12, 0.3), (0.2, 0.2), (0.07, 0.3))
DURATION_LEVELS = tuple(
    Level(noise, misfit, -0.5 * abs(np.log(noise / 0.07)) - 0.5 * abs(np.log(misfit / 0.06)))
    for noise, misfit in DURATIONS
)
MEMORY_LEVELS = tuple(
    Level(noise, misfit, -0.5 * abs(np.log(noise / 0.06)) - 0.5 * abs(np.log(misfit / 0.06)))
    for noise, misfit in ((0.06, 0.06), (0.04, 0.03), (0.04, 0.15), (0.12, 0.06), (0.15, 0.2))
)


@dataclass(frozen=True, slots=True)
class Learnt:
    """What the histories teach of one law: the components, the pooled one first, and how noisy builds are."""

    mean: Floats
    cov: Floats

    def mixture(self, law: Law, likeness: Floats) -> Mixture:
        """The prior of a new pipeline: what is usual, the pooled histories, and each by its likeness."""
        usual = Mixture(law.mean[None], np.diag(law.sd**2)[None], np.zeros(1))
        if not len(self.mean) or self.mean.shape[1] != len(law.mean):
            return usual
        shares = np.log1p(-np.exp(USUAL) - np.exp(POOLED)) + likeness - np.logaddexp.reduce(likeness)
        return Mixture(
            np.concatenate([usual.mean, self.mean]),
            np.concatenate([usual.cov, self.cov]),
            np.concatenate([[USUAL, POOLED], shares]),
        )


@dataclass(frozen=True, slots=True)
class Transfer:
    """Learnt of duration and of memory, with what was said of each history."""

    durations: Learnt
    memories: Learnt
    contexts: tuple[dict[str, float | str], ...]
    duration_levels: tuple[Level, ...] = DURATION_LEVELS
    memory_levels: tuple[Level, ...] = MEMORY_LEVELS
    digest: str = "blank"

    @classmethod
    def blank(cls) -> Self:
        """Nothing learnt."""
        nothing = Learnt(np.empty((0, 0)), np.empty((0, 0, 0)))
        return cls(nothing, nothing, ())

    def duration(self, law: Law, context: Mapping[str, Any]) -> Mixture:
        """The prior over the parameters of the law of duration."""
        return self.durations.mixture(law, self._likeness(context))

    def memory(self, law: Law, context: Mapping[str, Any]) -> Mixture:
        """The prior over the parameters of the law of memory."""
        return self.memories.mixture(law, self._likeness(context))

    def _likeness(self, context: Mapping[str, Any]) -> Floats:
        told = described(context)
        return np.array([-apart(told, other) / 2 for other in self.contexts])


def described(context: Mapping[str, Any]) -> dict[str, float | str]:
    """What of a context can be compared: numbers on a logarithmic scale (true is 1), and words.

    >>> described({"tool": "cmake", "num_steps": 0, "labels": ["x"]})
    {'num_steps': 0.0, 'tool': 'cmake'}
    """
    found: dict[str, float | str] = {}
    for name, value in sorted(context.items()):
        if isinstance(value, str):
            found[name] = value
        elif isinstance(value, int | float) and abs(value) < LARGEST:
            found[name] = math.copysign(math.log1p(abs(value)), value)
    return found


def apart(left: Mapping[str, float | str], right: Mapping[str, float | str]) -> float:
    """Squared distance of two described contexts, a mean over what both of them say; 1 where they share nothing."""
    shared = [name for name in left if name in right and isinstance(left[name], str) == isinstance(right[name], str)]
    if not shared:
        return 1.0
    return sum(_squared(left[name], right[name]) for name in shared) / len(shared)


def _squared(a: float | str, b: float | str) -> float:
    if isinstance(a, str) or isinstance(b, str):
        return 0.0 if a == b else UNLIKE**2
    return min(((a - b) / TYPICAL) ** 2, UNLIKE**2)
