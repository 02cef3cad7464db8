"""The gray box: duration and peak memory as laws of a build, each fitted to the pipeline's own builds.

What is usual comes from a `Transfer`: how builds behave anywhere, and how those of other pipelines did.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from inframind.optimization.fitting import MEMORY, fitted_duration, fitted_memory, with_tightness
from inframind.optimization.laws import duration_law, memory_law
from inframind.optimization.posterior import Posterior
from inframind.optimization.requests import Floats, Forecast, Observed
from inframind.optimization.transfer import Transfer


class GrayBox:
    """The model of a pipeline's builds that is used unless another is asked for."""

    def __init__(self, transfer: Transfer | None = None) -> None:
        """Without histories of other pipelines it knows only how builds behave anywhere."""
        self.transfer = transfer or Transfer.blank()

    @property
    def version(self) -> str:
        """Changes with the histories learnt from."""
        return f"graybox-{self.transfer.digest}"

    def fitted(self, own: Observed, context: Mapping[str, Any]) -> Callable[[Floats], Forecast]:
        """What builds would take, after the builds the pipeline has had."""
        knobs, told = own.x.shape[1], self.transfer
        memory = fitted_memory(own, told.memory(memory_law(knobs), context), told.memory_levels)
        prior = told.duration(duration_law(knobs), context)
        return partial(_forecast, memory, fitted_duration(own, memory, prior, told.duration_levels))


def _forecast(memory: Posterior, took: Posterior, x: Floats) -> Forecast:
    log_memory, memory_sd = memory.predict(x)
    log_duration, duration_sd = took.predict(with_tightness(x, log_memory))
    noise = memory.noise
    lacking = (log_memory - np.log(x[:, MEMORY])) / np.hypot(memory_sd, noise)
    return Forecast(log_duration, duration_sd, took.noise, log_memory, memory_sd, noise, _normal(lacking))


def _normal(z: Floats) -> Floats:
    """Standard normal distribution function, by the logistic approximation of Bowling et al. (2009): off by 0.0001."""
    below: Floats = 1 / (1 + np.exp(-np.clip(0.07056 * z**3 + 1.5976 * z, -60, 60)))
    return below
