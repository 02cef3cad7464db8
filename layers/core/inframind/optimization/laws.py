"""The laws of a build: how its duration and its peak memory answer to jobs, cores, memory, cache, and further knobs.

Amdahl's serial part, Gunther's universal scalability law (contention, coherency), jobs beyond the cores, a cache that
saturates and has to be moved, and slow-down when memory runs short. Each law has a handful of parameters on unbounded
scales (logarithms of what is positive, log-odds of shares), so that a normal distribution over them makes sense. What
a law misses is left to the residual of `posterior`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from inframind.optimization.requests import Floats

FIXED = 4  # the knobs of KNOBS; columns beyond them only have generic terms
OCTAVES = 3.0  # a generic term grows by one for so many doublings
SLOPE = 1e-4  # step of the numerical derivative
SPREAD_OF_GENERIC = 0.35
LEAST_CPUS = 1e-3  # of a build, in the law: no scheduler gives out less
TIGHTEST = 20.0  # a log: memory that is short, or ample, by a factor of half a billion might as well be by more

# name: (mean, standard deviation) before anything is known, on the unbounded scale.
DURATION = {
    "work": (6.0, 2.0),  # log seconds of the whole work on one core: 7 minutes, give or take a factor of 7
    "serial": (-1.8, 1.0),  # log-odds of the share that neither cores nor cache speed up: 14 %
    "contention": (-3.0, 1.0),  # log-odds: 5 %
    "coherency": (-5.0, 1.3),  # log: 0.7 % a pair of cores
    "crowding": (-2.3, 1.0),  # log: 10 % slower for each job a core too many
    "appetite": (-0.1, 0.7),  # log of the cores one job keeps busy: half a core to two
    "hits": (0.0, 1.0),  # log-odds of the share of work a large cache saves
    "reach": (1.1, 0.9),  # log GB of cache that give two thirds of it
    "moving": (-5.5, 1.2),  # log share of the work that moving a GB of cache takes
    "unpacking": (-4.5, 1.2),  # log share that any cache at all takes
    "squeeze": (0.7, 0.8),  # log of the slow-down as memory runs short
}
MEMORY = {
    "base": (0.0, 1.2),  # log GB that the build takes before any job
    "job": (-1.0, 1.0),  # log share of the base that each job adds
    "held": (-4.5, 1.2),  # log share of the base that a GB of cache adds
}


@dataclass(frozen=True, slots=True)
class Law:
    """A function of parameters (k, d) and configurations (n, knobs) to logarithms (k, n), and what is usual for it."""

    knobs: int
    mean: Floats
    sd: Floats
    apply: Callable[[Floats, Floats], Floats]

    def slopes(self, theta: Floats, x: Floats) -> tuple[Floats, Floats]:
        """Values (k, n) and their derivatives by each parameter (k, n, d)."""
        k, d = theta.shape
        moved = theta[:, None, :] + SLOPE * np.concatenate([np.zeros((1, d)), np.eye(d)])
        values = self.apply(moved.reshape(-1, d), x).reshape(k, d + 1, -1)
        return values[:, 0], ((values[:, 1:] - values[:, :1]) / SLOPE).transpose(0, 2, 1)


def duration_law(knobs: int) -> Law:
    """Log seconds; its last column is not a knob but the tightness: log of the memory needed over the memory given."""
    return _law(DURATION, knobs, _log_duration)


def memory_law(knobs: int) -> Law:
    """Log GB of peak memory, were there enough of it."""
    return _law(MEMORY, knobs, _log_memory)


def octaves(x: Floats) -> Floats:
    """Knobs on the scale on which their effects are even: three doublings are one; nought stays nought."""
    scaled: Floats = np.log2(1 + x) / OCTAVES
    return scaled


def _law(usual: dict[str, tuple[float, float]], knobs: int, apply: Callable[[Floats, Floats], Floats]) -> Law:
    mean, sd = np.array(list(usual.values())).T
    generic = _generic_terms(np.ones((1, knobs))).shape[1]
    spread = np.concatenate([sd, np.full(generic, SPREAD_OF_GENERIC)])
    return Law(knobs, np.concatenate([mean, np.zeros(generic)]), spread, apply)


def _log_duration(theta: Floats, x: Floats) -> Floats:
    work, serial, contention, coherency, crowding, appetite, hits, reach, moving, unpacking, squeeze = theta.T[
        : len(DURATION), :, None
    ]
    jobs, cpus, cache = x[:, 0], np.maximum(x[:, 1], LEAST_CPUS), x[:, 3]
    tightness = np.clip(x[:, -1], -TIGHTEST, TIGHTEST)
    wanted = jobs * np.exp(appetite)
    cores = np.maximum(
        (wanted**-4 + cpus**-4) ** -0.25, 0.25
    )  # a soft minimum: neither more than wanted, nor than there
    queueing = _share(contention)
    speed = (1 - queueing) / cores + queueing + np.exp(coherency) * np.maximum(cores - 1, 0)
    crowd = 1 + np.exp(crowding) * np.maximum(jobs / cpus - 1, 0)
    missed = 1 - _share(hits) * (1 - np.exp(-cache * np.exp(-reach)))
    short = 1 + np.exp(squeeze) * np.logaddexp(0, 12 * tightness) / 12
    alone = _share(serial)
    took = (alone + (1 - alone) * speed * crowd * missed) * short
    carried = np.exp(moving) * cache + np.exp(unpacking) * (cache > 0)
    log_s: Floats = work + np.log(took + carried)
    return log_s + theta[:, len(DURATION) :] @ _generic_terms(x[:, :-1]).T


def _log_memory(theta: Floats, x: Floats) -> Floats:
    base, job, held = theta.T[: len(MEMORY), :, None]
    log_gb: Floats = base + np.log(1 + np.exp(job) * x[:, 0] + np.exp(held) * x[:, 3])
    return log_gb + theta[:, len(MEMORY) :] @ _generic_terms(x).T


def _generic_terms(x: Floats) -> Floats:
    """Three columns for each knob that no law names: linear, squared, and with the jobs, in octaves around one."""
    further = octaves(x[:, FIXED:]) - 1 / OCTAVES
    return np.concatenate([further, further**2, further * octaves(x[:, :1])], axis=1)


def _share(log_odds: Floats) -> Floats:
    share: Floats = 1 / (1 + np.exp(-log_odds))
    return share
