"""Families of cases by which the ranking is judged: kinds of faults, shapes of applications, spoiled telemetry.

    nice python -m tests.benchmarks.families [SEED]

prints the table of docs/causes.md, three minutes or so.
"""

import sys
from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np

from inframind.backtest.issues import Scenario, scenarios
from tests.benchmarks import mesh_faults
from tests.benchmarks.judged import Case, Score, judge
from tests.benchmarks.mesh_faults import simulated
from tests.benchmarks.replanted import replanted, still
from tests.benchmarks.spoiled import WAYS
from tests.recorded import PETSHOP, is_here

Family = tuple[str, list[Case]]
SPOILED = ("slow", "failing", "timing out")  # kinds of faults behind spoiled telemetry
QUIET = 30  # alarms in quiet hours of each recorded application


def families(seed: int) -> Iterator[Family]:
    """Every family with its cases."""
    found = scenarios(PETSHOP) if is_here(PETSHOP) else []
    yield from _by_kind("recorded", chain.from_iterable(replanted(one, seed) for one in found))
    yield from _by_kind("simulated", simulated(mesh_faults.KINDS, seed))
    yield from spoiled(found, seed)


def spoiled(found: Iterable[Scenario], seed: int) -> Iterator[Family]:
    """Each way of spoiling telemetry, over planted faults and quiet hours of both sorts of application."""
    cases = list(simulated(SPOILED, seed, (5, 12)))[::2]
    calm = list(mesh_faults.quiet(seed, (5, 12)))[::2]
    for scenario in found:
        cases += list(replanted(scenario, seed, SPOILED))[::2]
        calm += still(scenario, seed, QUIET)
    for number, (name, way) in enumerate(WAYS.items()):
        random = np.random.default_rng([seed, number])
        yield f"spoiled: {name}", [way(case, random) for case in (*cases, *calm)]


def _by_kind(where: str, cases: Iterable[Case]) -> Iterator[Family]:
    kinds: dict[str, list[Case]] = {}
    for case in cases:
        kinds.setdefault(case.kind, []).append(case)
    for kind, those in kinds.items():
        yield f"{where}: {kind}", those


def line(name: str, score: Score) -> str:
    """A row of the table."""
    silent = f"{score.specificity:.2f} ({score.quiet})" if score.quiet else ""
    return f"| {name} | {score.cases} | {score.first:.2f} | {score.third:.2f} | {silent} |"


def main(seed: int) -> None:
    """Prints a row as soon as there is one."""
    print("| family | cases | AC@1 | AC@3 | specificity (quiet windows) |\n|---|---:|---:|---:|---:|")
    for name, cases in families(seed):
        print(line(name, judge(cases)), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 0)
