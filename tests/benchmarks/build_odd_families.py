"""Families of simulated pipelines that break what laws of a build usually say: on these, doubting a law is developed.

`waiting` tests that wait for others most of the time, `layers` images whose cache brings nothing until it holds a whole
layer, `hungry` jobs with threads of their own, `phases` one after the other, each as wide as it is; `licences` a few
tokens that jobs fight for, `collecting` a heap that is the slower the fuller it is, `staircase` equal shards of which
the last round is half empty, `spilling` memory that swaps for long before it fails. Parameters are one draw a pipeline.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def _waiting(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    at_most, waits = rng.integers(6, 65), rng.uniform(0.4, 0.85)
    computing = (1 - waits) / np.minimum(jobs, cpus) ** rng.uniform(0.8, 1)
    asleep = waits / np.minimum(jobs, at_most) * (1 + rng.lognormal(-5, 0.7) * np.maximum(jobs - at_most, 0))
    setup = rng.uniform(0.02, 0.1) * np.where(cache >= 1, rng.uniform(0.3, 0.9), 1)
    work = rng.lognormal(6.5, 0.7)
    return work * (setup + computing + asleep), rng.lognormal(0, 0.5) + rng.lognormal(-1.8, 0.5) * jobs


def _layers(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    whole, steep = rng.lognormal(1.3, 0.6), rng.uniform(2, 6)
    hits = rng.uniform(0.5, 0.95) * cache**steep / (cache**steep + whole**steep)
    stages = rng.uniform(2, 7)
    speed = (np.minimum(jobs, cpus) ** -3 + stages**-3) ** (-1 / 3)
    work = rng.lognormal(6.6, 0.7)
    seconds = work * (rng.uniform(0.05, 0.15) + (1 - hits) / speed + rng.lognormal(-5, 0.5) * cache)
    return seconds, rng.lognormal(0.3, 0.5) + rng.lognormal(-0.6, 0.5) * np.minimum(jobs, 2 * stages) + 0.05 * cache


def _hungry(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    threads, power = rng.uniform(1.5, 8), rng.uniform(0.7, 0.95)
    cores = np.minimum(jobs * threads, cpus)
    switching = 1 + rng.lognormal(-2.5, 0.6) * np.maximum(np.log2(jobs * threads / cpus), 0)
    hits = rng.beta(2, 4) * (cache > 0)
    work = rng.lognormal(6.9, 0.7)
    seconds = work * (rng.uniform(0.02, 0.1) + (1 - hits) * switching / cores**power + 0.02 * (cache > 0))
    return seconds, rng.lognormal(0.2, 0.4) + rng.lognormal(0.2, 0.5) * jobs


def _phases(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    shares, widths = rng.dirichlet([1.5, 1.5, 1.5]), np.sort(rng.uniform(1, [3, 10, 60]))
    lanes = [np.minimum(np.minimum(jobs, cpus), width) for width in widths]
    hits = rng.beta(4, 2) * np.minimum(cache / rng.lognormal(1, 0.5), 1) ** rng.uniform(0.5, 2)
    parts = [share / lane for share, lane in zip(shares, lanes, strict=True)]
    compiling = rng.integers(3)
    parts[compiling] = parts[compiling] * (1 - hits)
    work = rng.lognormal(6.6, 0.8)
    seconds = work * (sum(parts) + rng.lognormal(-4.5, 0.5) * (cache > 0)) * np.where(jobs > cpus, 1.06, 1)
    peaks = [rng.lognormal(-0.5, 0.7) * lane for lane in lanes]
    return seconds, rng.lognormal(0.2, 0.4) + np.maximum.reduce(peaks) + rng.lognormal(-2.5, 0.5) * jobs


def _licences(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    tokens = rng.integers(2, 25)
    fought = 1 + rng.lognormal(-3.2, 0.6) * np.maximum(jobs - tokens, 0) ** rng.uniform(0.7, 1.3)
    hits = rng.beta(3, 3) * np.log1p(cache) / np.log(21)
    work = rng.lognormal(6.8, 0.7)
    licensed = rng.uniform(0.3, 0.8)
    seconds = work * (licensed / np.minimum(np.minimum(jobs, cpus), tokens) * fought + 0.03)
    seconds += work * (1 - licensed) * (1 - hits) / np.minimum(jobs, cpus)
    return seconds, rng.lognormal(0.4, 0.5) + rng.lognormal(-0.7, 0.5) * np.minimum(jobs, tokens) + 0.1 * cache


def _collecting(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, memory, cache = x.T[:4]
    lanes = np.minimum(jobs, cpus)
    live = rng.lognormal(0.6, 0.5) + rng.lognormal(-0.9, 0.5) * lanes
    collects = rng.uniform(0.1, 0.6) * np.minimum(live / np.maximum(memory - live, 0.05 * live), 5)
    hits = rng.beta(3, 3) * np.minimum(cache / rng.lognormal(1.0, 0.4), 1)
    work = rng.lognormal(6.5, 0.7)
    seconds = work * (rng.uniform(0.05, 0.2) + (1 - hits) / lanes ** rng.uniform(0.75, 0.95))
    return seconds * (1 + collects / lanes**0.3) + work * 0.004 * cache, 1.08 * live


def _staircase(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, _, cache = x.T[:4]
    shards, starting = rng.integers(6, 40), rng.uniform(0.05, 0.4)
    slow = np.maximum(jobs / (cpus * rng.uniform(1, 2)), 1)
    rounds = np.ceil(shards / jobs)
    warm = 1 - rng.uniform(0.2, 0.9) * (cache >= rng.choice([1, 2, 5, 10]))
    work = rng.lognormal(6.6, 0.7)
    seconds = work * (rounds / shards * slow * (1 + starting * warm) + rng.uniform(0.02, 0.08))
    return seconds, rng.lognormal(0, 0.4) + rng.lognormal(-0.2, 0.5) * np.minimum(jobs, shards)


def _spilling(rng: np.random.Generator, x: Floats) -> tuple[Floats, Floats]:
    jobs, cpus, memory, cache = x.T[:4]
    wanted = rng.lognormal(0.8, 0.5) + rng.lognormal(-0.2, 0.5) * np.minimum(jobs, 2 * cpus) + 0.2 * cache
    swapped = rng.uniform(0.5, 3) * np.maximum(1 - memory / wanted, 0)
    serial, power = rng.uniform(0.03, 0.15), rng.uniform(0.75, 1)
    hits = rng.beta(4, 3) * (1 - np.exp(-cache / rng.lognormal(1, 0.5)))
    work = rng.lognormal(6.5, 0.7)
    seconds = work * (serial + (1 - hits) / np.minimum(jobs, cpus) ** power + 0.005 * cache) * (1 + swapped)
    return seconds, rng.uniform(0.2, 0.5) * wanted


ODD: dict[str, Callable[[np.random.Generator, Floats], tuple[Floats, Floats]]] = {
    "waiting": _waiting,
    "layers": _layers,
    "hungry": _hungry,
    "phases": _phases,
    "licences": _licences,
    "collecting": _collecting,
    "staircase": _staircase,
    "spilling": _spilling,
}
ODD_TOOLS = {"waiting": "pytest", "layers": "docker", "hungry": "cmake", "phases": "gradle"}
ODD_TOOLS |= {"licences": "make", "collecting": "maven", "staircase": "npm", "spilling": "cargo"}
