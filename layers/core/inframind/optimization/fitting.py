"""The laws fitted to the builds of one pipeline: memory first, as a build short of it slows down before it fails."""

import numpy as np

from inframind.optimization.laws import duration_law, memory_law
from inframind.optimization.posterior import Level, Mixture, Posterior, condition, readings
from inframind.optimization.requests import Floats, Observed

MEMORY = 2  # its column
LOG_2 = float(np.log(2))
LACKING = 0.1  # a build that ran out of memory needs at least a tenth more than it had, until more is known


def fitted_memory(own: Observed, prior: Mixture, levels: tuple[Level, ...]) -> Posterior:
    """What builds say of peak memory; one that ran out of it says that it needs at least what it was given."""
    limit = np.log(own.x[:, MEMORY])
    peak = np.where(own.oom, limit + LACKING, np.minimum(np.log(own.memory_gb), limit + LOG_2))
    return condition(memory_law(own.x.shape[1]), prior, readings(own.x, peak, own.oom), levels)


def fitted_duration(own: Observed, memory: Posterior, prior: Mixture, levels: tuple[Level, ...]) -> Posterior:
    """What builds say of duration, given what they say of memory."""
    x = with_tightness(own.x, memory.predict(own.x)[0])
    seen = readings(x, np.log(own.duration_s), np.zeros(len(own), dtype=bool))
    return condition(duration_law(own.x.shape[1]), prior, seen, levels)


def with_tightness(x: Floats, log_memory: Floats) -> Floats:
    """Configurations with the log of the memory they need over the memory they have as one more column."""
    return np.column_stack([x, log_memory - np.log(x[:, MEMORY])])
