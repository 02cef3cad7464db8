"""What a configuration is worth: time and cost against the default's, expected over everything that is not known yet.

The objective is 1 for the default. A build that runs out of memory was for nothing, wears a team's patience, and is run
again: it counts three times what it would have, and one default build more.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from inframind.optimization.prices import PriceTable
from inframind.optimization.requests import Floats, Forecast

CPUS = 1  # its column
# Points that stand for a normal distribution, of equal weight: nine for what the model does not know, three for builds.
NODES = np.array([-1.5932, -0.9674, -0.5895, -0.2822, 0.0, 0.2822, 0.5895, 0.9674, 1.5932]) * 1.074
BUILDS = np.array([-1.2247, 0.0, 1.2247])
LEAST_SD = 1e-9  # of one build: without noise, each tells all
REPEATED, WASTED = 2.0, 1.0  # what lack of memory adds: times the objective, and on top


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What time and cost are measured against: the default build's, with the share that cost has."""

    duration_s: float
    cost_usd: float
    cost_share: float
    prices: PriceTable

    def value(self, duration_s: Any, cost_usd: Any) -> Any:
        """The objective of durations and costs, numbers or arrays.

        >>> Yardstick(600.0, 0.06, 1 / 4, PriceTable()).value(300.0, 0.12)
        0.875
        """
        share = self.cost_share
        return (1 - share) * duration_s / self.duration_s + share * cost_usd / max(self.cost_usd, 1e-12)


@dataclass(frozen=True, slots=True)
class Worth:
    """The objective of n configurations: expected `mean`, and `nodes` (nodes, n) at each of NODES; failures apart.

    `news`: what one more build would tell, from 0 where all is known but the noise to 1 where nothing is.
    """

    mean: Floats
    nodes: Floats
    oom: Floats
    news: Floats

    @property
    def risked(self) -> Floats:
        """The expected objective with what failures add."""
        return with_failures(self.mean, self.oom)


def yardstick(default: Forecast, cpus: float, cost_share: float, prices: PriceTable) -> Yardstick:
    """The yardstick of a default configuration, from a forecast of it alone."""
    duration_s, cost_usd = expected(default, np.array([cpus]), prices)
    return Yardstick(float(duration_s.mean()), float(cost_usd.mean()), cost_share, prices)


def worth(forecast: Forecast, x: Floats, against: Yardstick) -> Worth:
    """The objective of configurations `x`, of which `forecast` speaks."""
    duration_s, cost_usd = expected(forecast, x[:, CPUS], against.prices)
    nodes: Floats = against.value(duration_s, cost_usd)
    unsure = np.hypot(forecast.duration_sd, forecast.noise_sd)
    news = 1 - forecast.noise_sd / np.maximum(unsure, LEAST_SD)
    return Worth(nodes.mean(0), nodes, forecast.oom, news)


def expected(forecast: Forecast, cpus: Floats, prices: PriceTable) -> tuple[Floats, Floats]:
    """Seconds and dollars of the average build, for each of NODES: (nodes, n) twice. Each build is rounded up."""
    middle = np.exp(forecast.log_duration + NODES[:, None] * forecast.duration_sd)
    builds = middle[:, None, :] * np.exp(BUILDS * forecast.noise_sd)[None, :, None]
    cost: Floats = prices.billed(builds).mean(1) * prices.rates(cpus)
    return builds.mean(1), cost


def with_failures(objective: Floats, oom: Floats) -> Floats:
    """The objective with the builds that will run out of memory.

    >>> float(with_failures(np.array([0.5]), np.array([0.1]))[0])
    0.7
    """
    total: Floats = objective * (1 + REPEATED * oom) + WASTED * oom
    return total


def improvement(found: Worth, best: float) -> Floats:
    """Expected improvement on `best`, of builds that do not fail, as far as a build would tell (Huang et al., 2006).

    Small where the model is sure or expects worse: where a dozen builds were, the next one is the same noise again.
    """
    gain: Floats = np.maximum(best - found.nodes, 0).mean(0) * (1 - found.oom) ** 2 * found.news
    return gain
