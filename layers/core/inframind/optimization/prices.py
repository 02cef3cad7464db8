"""What a build costs: the price a minute of the smallest runner that holds its cores; each job rounded up."""

import math
from typing import Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from inframind.records import Record

# GitHub-hosted Linux runners, list prices of 2026: cores, dollars a minute.
GITHUB_LINUX_2026 = ((2, 0.006), (4, 0.012), (8, 0.022), (16, 0.042), (32, 0.082), (64, 0.162))

Floats = NDArray[np.float64]


class PriceTable(Record):
    """Runners to choose from, as (cores, dollars a minute), the smallest first, and what a job is rounded up to."""

    runners: tuple[tuple[float, float], ...] = Field(GITHUB_LINUX_2026, min_length=1)
    billed_minutes: float = Field(
        1.0, ge=0, description="A job is billed in whole multiples of this; 0: by the second."
    )

    @model_validator(mode="after")
    def _sorted(self) -> Self:
        cores = [cpus for cpus, _ in self.runners]
        if cores != sorted(set(cores)) or min(cores) <= 0:
            raise ValueError("runners are listed by their cores, the smallest first, each once")
        if any(not 0 <= price < math.inf for _, price in self.runners):
            raise ValueError("a price is 0 or more dollars a minute")
        return self

    def rates(self, cpus: Floats) -> Floats:
        """Dollars a minute of the smallest runner with at least so many cores; beyond the largest: in proportion to it.

        >>> PriceTable().rates(np.array([1.0, 2.0, 3.0, 128.0])).tolist()
        [0.006, 0.006, 0.012, 0.324]
        """
        cores, prices = (np.array(column, dtype=np.float64) for column in zip(*self.runners, strict=True))
        found = np.searchsorted(cores, cpus)
        beyond = prices[-1] * cpus / cores[-1]
        rates: Floats = np.where(found < len(cores), prices[np.minimum(found, len(cores) - 1)], beyond)
        return rates

    def cost(self, duration_s: float, cpus: float) -> float:
        """Dollars for one job: 61 seconds on 2 cores are two minutes.

        >>> PriceTable().cost(61, 2)
        0.012
        """
        return float(self.billed(np.array([duration_s]))[0] * self.rates(np.array([cpus]))[0])

    def billed(self, duration_s: Floats) -> Floats:
        """Minutes that are billed for jobs of so many seconds."""
        minutes = duration_s / 60
        if not self.billed_minutes:
            return minutes
        jobs: Floats = np.maximum(np.ceil(minutes / self.billed_minutes - 1e-9), 1.0)
        return jobs * self.billed_minutes
