"""Which configurations come into question on a host: a grid of usual sizes, and what the pipeline runs with already."""

from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np

from inframind.builds import Configuration
from inframind.optimization.requests import KNOBS, Floats, design

JOBS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
CPUS = (1, 2, 4, 8, 16, 32, 64)
MEMORY_GB = (1, 2, 4, 8, 16, 32, 64, 128, 256)
CACHE_GB = (0, 1, 2, 5, 10, 20)
# A host nobody described: the largest runner most teams can order, so that a suggestion is not beyond reach.
HOST_CPUS, HOST_MEMORY_GB = 16.0, 64.0
MEMORY = 2  # its column
SLACK = 4.0  # jobs a core, or cores a job: beyond it, they usually take memory from each other, or cost and idle,
FURTHER = 2.0  # but who has run with as much may find that more pays: so many times what was run,
MOST_SLACK = 16.0  # up to this: more candidates take longer to weigh


def grid(
    host_cpus: float | None, host_memory_gb: float | None, known: Sequence[Configuration], least_memory_gb: float = 0.0
) -> Floats:
    """Rows of configurations that fit the host, columns as in KNOBS, sorted, without repetition.

    The host's own size is a candidate although it is no power of two; `known` configurations are, wherever they fit.
    The more jobs a core, or cores a job, were run, the more come into question.

    >>> grid(2, 4, [])[:, 1].max(), grid(2, 4, [])[:, 2].max()
    (np.float64(2.0), np.float64(4.0))
    """
    cpus, memory_gb = host_cpus or HOST_CPUS, host_memory_gb or HOST_MEMORY_GB
    sizes = product(JOBS, _upto(CPUS, cpus), _upto(MEMORY_GB, memory_gb), CACHE_GB)
    fitting = [c for c in known if c.cpus <= cpus and c.memory_gb <= memory_gb]
    crowded, idle = _slack(c.concurrency / c.cpus for c in fitting), _slack(c.cpus / c.concurrency for c in fitting)
    usual = [row for row in sizes if row[0] <= crowded * row[1] and row[1] <= idle * row[0]]
    rows = np.concatenate([np.array(usual, dtype=np.float64).reshape(-1, len(KNOBS)), design(fitting)])
    rows = rows[rows[:, MEMORY] >= min(least_memory_gb, memory_gb)]
    unique: Floats = np.unique(rows, axis=0)
    return unique


def _slack(run: Iterable[float]) -> float:
    return min(max(SLACK, FURTHER * max(run, default=1.0)), MOST_SLACK)


def _upto(sizes: Sequence[float], limit: float) -> list[float]:
    return sorted({*(size for size in sizes if size < limit), limit})
