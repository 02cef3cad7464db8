"""Counters in memory, for tests."""

from collections import defaultdict
from collections.abc import Mapping

from inframind.ports.paging import CounterKey


class MemoryCounters:
    """The counter store as a dictionary."""

    def __init__(self) -> None:
        self._totals: dict[CounterKey, float] = defaultdict(float)

    def add(self, counts: Mapping[CounterKey, float]) -> None:
        """Adds to each counter."""
        for key, value in counts.items():
            self._totals[key] += value

    def read(self) -> Mapping[CounterKey, float]:
        """Every counter's total."""
        return dict(self._totals)

    def forget(self, pipeline: str) -> None:
        """Forgets what was counted of a pipeline."""
        for key in [key for key in self._totals if ("pipeline", pipeline) in key[1]]:
            del self._totals[key]
