"""What builds say about the parameters of a law, and about what the law misses: a mixture of normal posteriors.

Every component of the prior (what is usual anywhere, and what histories of other pipelines look like) is fitted to the
builds by Gauss-Newton, under one Gaussian process for the misfit of the law; components count as much as they explain
the builds (Laplace's evidence). Odd builds weigh less (Student's t, reweighted), repeated configurations are one row.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inframind.optimization.laws import Law, octaves
from inframind.optimization.requests import Flags, Floats

REACH = 0.7  # of the misfit: configurations two doublings apart miss the law alike
KEPT = 6  # components: the rest explains the builds too badly to be worth its time
UNHEARD = 0.003  # weight below which a component changes no forecast
STEPS, MORE_STEPS = 9, 4  # of Gauss-Newton: from the prior it settles in six or so, from there in two
DEGREES = 4.0  # of freedom of Student's t: a build three deviations off weighs as much as four tenths of a build
TINY = 1e-9  # variance that rounding may take from a covariance
NEGLIGIBLE = 1e4  # variance of a reading that says nothing
ROWS = 60  # distinct configurations looked at, the latest: the fit is cubic in them
ENOUGH_FOR_A_MEDIAN = 3


@dataclass(frozen=True, slots=True)
class Level:
    """How much single builds vary, and how far a law is off, as standard deviations of logarithms."""

    noise: float
    misfit: float
    log_weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Readings:
    """Configurations `x` with a logarithm each, from `count` builds; where `floor`, the truth lies at or above it."""

    x: Floats
    y: Floats
    count: Floats
    floor: Flags


@dataclass(frozen=True, slots=True)
class Mixture:
    """Normal distributions over the parameters of a law: means (k, d), covariances (k, d, d), logarithms of weights."""

    mean: Floats
    cov: Floats
    log_weight: Floats

    def take(self, at: NDArray[np.intp]) -> "Mixture":
        """The components at these places."""
        return Mixture(self.mean[at], self.cov[at], self.log_weight[at])


@dataclass(frozen=True, slots=True)
class Posterior:
    """A prior after builds: `parameters` and their evidence, at the level that explained the builds best.

    `noise` is how much single builds vary, over all levels by what each explained.
    """

    law: Law
    seen: Readings
    level: Level
    variance: Floats
    parameters: Mixture
    noise: float

    def predict(self, x: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation of the long-run logarithm at configurations, the noise of builds left out."""
        fitted, at_seen = self.law.slopes(self.parameters.mean, self.seen.x)
        values, slopes = self.law.slopes(self.parameters.mean, x)
        precision = _inverse(_alike(self.law, self.seen.x, self.seen.x, self.level) + np.diag(self.variance))
        across = _alike(self.law, x, self.seen.x, self.level)
        gain = across @ precision
        means = values + (self.seen.y - fitted) @ gain.T
        left = slopes - gain @ at_seen
        spread = ((left @ _root(self.parameters.cov + TINY * np.eye(left.shape[2]))) ** 2).sum(2)
        spread += np.maximum(self.level.misfit**2 - (gain * across).sum(1), 0)
        weight = _weights(self.parameters.log_weight)[:, None]
        mean = (weight * means).sum(0)
        return mean, np.sqrt((weight * (spread + (means - mean) ** 2)).sum(0))


def readings(x: Floats, y: Floats, floor: Flags) -> Readings:
    """One row for a configuration with three builds and more, their median; fewer stand for themselves.

    Floors count only where nothing else is known. Builds that say nothing (NaN) are left out. The order of builds
    matters only beyond so many configurations that the oldest are left out.
    """
    known = np.isfinite(y)
    x, y, floor = x[known], y[known], floor[known]
    latest: dict[tuple[float, ...], list[int]] = {}
    for i in range(len(x)):
        key = tuple(x[i].tolist())
        latest[key] = [*latest.pop(key, []), i]
    rows = [(*key, *row) for key, found in list(latest.items())[-ROWS:] for row in _rows(y, floor, np.array(found))]
    table = np.array(sorted(rows), dtype=np.float64).reshape(-1, x.shape[1] + 3)
    value, count, above = table[:, -3:].T
    return Readings(table[:, :-3], value, count, above > 0)


def _rows(y: Floats, floor: Flags, found: NDArray[np.intp]) -> list[tuple[float, int, bool]]:
    plain = found[~floor[found]]
    if len(plain) >= ENOUGH_FOR_A_MEDIAN:
        return [(float(np.median(y[plain])), len(plain), False)]
    if len(plain):
        return [(float(y[at]), 1, False) for at in plain]
    return [(float(y[found].max()), len(found), True)]


def condition(law: Law, prior: Mixture, seen: Readings, levels: tuple[Level, ...]) -> Posterior:
    """The prior after the builds: first all components at the usual level, then the best ones at every level."""
    variance = levels[0].noise ** 2 / seen.count
    first = _fit(law, prior, Posterior(law, seen, levels[0], variance, prior, levels[0].noise))
    best = np.argsort(-first.parameters.log_weight, kind="stable")[:KEPT]
    prior, start = prior.take(best), replace(first, parameters=first.parameters.take(best))
    if not len(seen.y):
        return start
    odd = _oddness(start, prior)
    tried = [
        _fit(law, prior, replace(start, level=level, variance=level.noise**2 / seen.count * odd), MORE_STEPS)
        for level in levels
    ]
    scores = [_total(found.parameters.log_weight) + found.level.log_weight for found in tried]
    found, shares = tried[int(np.argmax(scores))], _weights(np.array(scores))
    noise = float(np.sqrt(shares @ np.array([level.noise**2 for level in levels])))
    counts = np.flatnonzero(_weights(found.parameters.log_weight) > UNHEARD)
    return replace(found, noise=noise, parameters=found.parameters.take(counts))


def _fit(law: Law, prior: Mixture, start: Posterior, steps: int = STEPS) -> Posterior:
    """Gauss-Newton with Levenberg's damping, all components at once, each step kept only where it helps."""
    seen = start.seen
    covariance = _alike(law, seen.x, seen.x, start.level) + np.diag(start.variance)
    root = _root(covariance)
    whiten = _inverse(root)
    precision = _inverse(prior.cov)
    at = start.parameters.mean
    values, slopes = law.slopes(at, seen.x)
    loss = _loss(whiten, precision, seen.y - values, at - prior.mean)
    damping: Floats = np.full(len(at), 1e-2)
    for _ in range(steps):
        bent = whiten @ slopes
        curve = bent.transpose(0, 2, 1) @ bent + precision
        pull = np.einsum("knd,kn->kd", bent, (seen.y - values) @ whiten.T)
        pull -= np.einsum("kde,ke->kd", precision, at - prior.mean)
        damped = curve + damping[:, None, None] * (np.einsum("kdd->kd", curve)[:, :, None] * np.eye(at.shape[1]))
        moved = at + np.clip(np.linalg.solve(damped, pull[:, :, None])[:, :, 0], -2, 2)
        new_values, new_slopes = law.slopes(moved, seen.x)
        new_loss = _loss(whiten, precision, seen.y - new_values, moved - prior.mean)
        better: Flags = new_loss <= loss
        damping = np.where(better, damping / 8, damping * 8)
        at = np.where(better[:, None], moved, at)
        values = np.where(better[:, None], new_values, values)
        slopes = np.where(better[:, None, None], new_slopes, slopes)
        loss = np.where(better, new_loss, loss)
    bent = whiten @ slopes
    curve = bent.transpose(0, 2, 1) @ bent + precision
    evidence = -loss / 2 - (_log_det(curve) - _log_det(precision)) / 2 - np.log(np.diag(root)).sum()
    return replace(start, parameters=Mixture(at, _inverse(curve), prior.log_weight + evidence))


def _loss(whiten: Floats, precision: Floats, missed: Floats, moved: Floats) -> Floats:
    loss: Floats = ((missed @ whiten.T) ** 2).sum(1) + np.einsum("kd,kde,ke->k", moved, precision, moved)
    return loss


def _oddness(fitted: Posterior, prior: Mixture) -> Floats:
    """Factors on the variance of each reading: how far it lies from what all others make of it; floors kept are 1."""
    best = int(np.argmax(fitted.parameters.log_weight))
    theta = fitted.parameters.mean[best : best + 1]
    values, slopes = fitted.law.slopes(theta, fitted.seen.x)
    missed = fitted.seen.y - values[0] + slopes[0] @ (theta[0] - prior.mean[best])
    covariance = _alike(fitted.law, fitted.seen.x, fitted.seen.x, fitted.level) + np.diag(fitted.variance)
    precision = _inverse(covariance + slopes[0] @ prior.cov[best] @ slopes[0].T)
    own = np.diag(precision)
    apart = (precision @ missed) ** 2 / own
    factor = np.maximum((DEGREES + apart) / (DEGREES + 1), 1)
    satisfied = fitted.seen.floor & (values[0] >= fitted.seen.y)
    odd: Floats = np.where(fitted.seen.floor, np.where(satisfied, NEGLIGIBLE / fitted.variance, 1), factor)
    return odd


def _alike(law: Law, left: Floats, right: Floats, level: Level) -> Floats:
    a, b = (octaves(x[:, : law.knobs]) / REACH for x in (left, right))
    apart = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    alike: Floats = level.misfit**2 * np.exp(-apart / 2)
    return alike


def _inverse(matrices: Floats) -> Floats:
    return np.asarray(np.linalg.inv(matrices), dtype=np.float64)


def _root(matrix: Floats) -> Floats:
    return np.asarray(np.linalg.cholesky(matrix), dtype=np.float64)


def _log_det(matrices: Floats) -> Floats:
    found: Floats = np.linalg.slogdet(matrices)[1]
    return found


def _weights(log_weight: Floats) -> Floats:
    weights: Floats = np.exp(log_weight - _total(log_weight))
    return weights


def _total(log_weight: Floats) -> float:
    return float(np.logaddexp.reduce(log_weight))
