"""Which samples of a request go into which frame; remembered, because senders repeat their composition."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inframind.frames import label_block
from inframind.ingestion.naming import Name

SERIES_PER_FRAME = 1_024  # reading one series costs reading its frame
PLANS_LIMIT = 16 * 1024 * 1024  # bytes of remembered plans
RUN_BYTES = 40  # what a plan keeps for each run


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The runs that form one frame: series of one resource in the order of their names, and their packed names."""

    resource: str
    runs: NDArray[np.int64]
    series: tuple[bytes, ...]
    labels: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The groups of a composition; `repeats` says that a series has several runs, which must be joined first."""

    groups: tuple[Group, ...]
    repeats: bool


class Plans:
    """Plans by composition; forgets all of them when they take more than `limit` bytes."""

    def __init__(self, limit: int = PLANS_LIMIT) -> None:
        self._limit = limit
        self._bytes = 0
        self._plans: dict[bytes, Plan] = {}

    def plan(self, series: NDArray[np.int64], names: Sequence[Name]) -> Plan:
        """The plan for runs of these series."""
        key = series.tobytes()
        plan = self._plans.get(key)
        if plan is None:
            plan = _plan(series, names)
            self._keep(key, plan)
        return plan

    def _keep(self, key: bytes, plan: Plan) -> None:
        size = RUN_BYTES * len(key) // 8 + sum(len(group.labels) for group in plan.groups)
        if self._bytes + size > self._limit:
            self._plans.clear()
            self._bytes = 0
        if size <= self._limit:
            self._plans[key] = plan
            self._bytes += size


def _plan(series: NDArray[np.int64], names: Sequence[Name]) -> Plan:
    numbers = series.tolist()
    if len(set(numbers)) < len(numbers):
        return Plan((), repeats=True)
    runs_of: dict[str, list[int]] = defaultdict(list)
    for run, number in enumerate(numbers):
        runs_of[names[number].resource].append(run)
    groups = []
    for resource in sorted(runs_of):
        runs = sorted(runs_of[resource], key=lambda run: names[numbers[run]].key)
        for start in range(0, len(runs), SERIES_PER_FRAME):
            part = runs[start : start + SERIES_PER_FRAME]
            keys = tuple(names[numbers[run]].key for run in part)
            groups.append(Group(resource, np.array(part, np.int64), keys, label_block(keys)))
    return Plan(tuple(groups), repeats=False)
