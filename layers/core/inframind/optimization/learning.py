"""Learns a `Transfer` from the histories of other pipelines: each law is fitted to each, then to what they share.

Empirical Bayes: what histories have in common becomes the pooled component, and each history a component near it
(one step of expectation and maximisation each way). Numpy alone, a tenth of a second a history.
"""

from collections.abc import Callable, Sequence

import numpy as np

from inframind.optimization.fitting import fitted_duration, fitted_memory
from inframind.optimization.laws import Law, duration_law, memory_law
from inframind.optimization.posterior import Mixture, Posterior
from inframind.optimization.requests import Floats, Observed, Past
from inframind.optimization.transfer import DURATION_LEVELS, MEMORY_LEVELS, Learnt, Transfer, described

LOOKED_AT = 150  # histories
ENOUGH = 5  # builds of a history before it says anything of its shape
COMPONENTS = 24  # histories kept, those that differ most
USUAL_WEIGHS = 3.0  # so many histories is what is usual worth in the pooled spread
NEAR = 0.25  # of the pooled variance: how much a pipeline may differ from the history that is like it
SCALE = 0  # the first parameter of each law is its scale, which a pipeline's own first build tells


def learn(histories: Sequence[Past]) -> Transfer:
    """A transfer from the histories that are long enough, the longest first; the order they come in does not matter."""
    told = sorted(histories, key=lambda past: (-_successes(past.observed), past.pipeline))[:LOOKED_AT]
    told = [past for past in told if _successes(past.observed) >= ENOUGH]
    knobs = {past.observed.x.shape[1] for past in told}
    if len(knobs) != 1:
        return Transfer.blank()
    own = [past.observed for past in told]
    memory, duration = memory_law(*knobs), duration_law(*knobs)
    needs = _shared(memory, len(own), lambda i, prior: fitted_memory(own[i], prior, MEMORY_LEVELS))
    times = _shared(duration, len(own), lambda i, prior: fitted_duration(own[i], needs[i], prior, DURATION_LEVELS))
    kept = _different(np.concatenate([_centres(times) / duration.sd, _centres(needs) / memory.sd], axis=1))
    contexts = tuple(described(told[i].context) for i in kept)
    return Transfer(_learnt(duration, times, kept), _learnt(memory, needs, kept), contexts)


def _shared(law: Law, n: int, fit: Callable[[int, Mixture], Posterior]) -> list[Posterior]:
    """A fit of each history, first by what is usual, then by what the first fits share."""
    usual = Mixture(law.mean[None], np.diag(law.sd**2)[None], np.zeros(1))
    first = [fit(i, usual) for i in range(n)]
    mean, cov = _pooled(law, first)
    both = Mixture(np.stack([law.mean, mean]), np.stack([usual.cov[0], cov]), np.log([0.2, 0.8]))
    return [fit(i, both) for i in range(n)]


def _pooled(law: Law, fits: Sequence[Posterior]) -> tuple[Floats, Floats]:
    """Mean and covariance of the parameters among histories; a few histories leave much of what is usual in it."""
    centres, usual = _centres(fits), np.diag(law.sd**2)
    mean = (centres.sum(0) + law.mean) / (len(fits) + 1)
    apart = centres - mean
    total = apart.T @ apart + sum(_best(fit)[1] for fit in fits) + USUAL_WEIGHS * usual
    return mean, _scale_free(law, total / (len(fits) + USUAL_WEIGHS))


def _learnt(law: Law, fits: Sequence[Posterior], kept: Sequence[int]) -> Learnt:
    mean, cov = _pooled(law, fits)
    near = [_scale_free(law, _best(fits[i])[1] + NEAR * cov) for i in kept]
    return Learnt(np.stack([mean, *(_best(fits[i])[0] for i in kept)]), np.stack([cov, *near]))


def _scale_free(law: Law, cov: Floats) -> Floats:
    """The covariance with the scale as unsure as it usually is, and tied to nothing."""
    free = cov.copy()
    free[SCALE, :] = free[:, SCALE] = 0
    free[SCALE, SCALE] = law.sd[SCALE] ** 2
    return free


def _different(centres: Floats) -> list[int]:
    """Places of the histories that differ most from one another: each next one is the farthest from those taken."""
    taken = [0]
    nearest = np.full(len(centres), np.inf)
    while len(taken) < min(COMPONENTS, len(centres)):
        nearest = np.minimum(nearest, ((centres - centres[taken[-1]]) ** 2)[:, 1:].sum(1))
        nearest[taken] = -1
        taken.append(int(np.argmax(nearest)))
    return taken


def _centres(fits: Sequence[Posterior]) -> Floats:
    return np.stack([_best(fit)[0] for fit in fits])


def _best(fit: Posterior) -> tuple[Floats, Floats]:
    at = int(np.argmax(fit.parameters.log_weight))
    return fit.parameters.mean[at], fit.parameters.cov[at]


def _successes(own: Observed) -> int:
    return int(np.isfinite(own.duration_s).sum())
