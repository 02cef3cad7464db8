"""Regret after 10, 20 and 40 builds of a new pipeline, against other tuners, on simulated pipelines.

Ours is `suggest` as the API calls it, guards and exploration included; regret is that of the configuration it would
stay with, in per cent above the best there is. Others are told the objective of each build and stay with the best they
have observed; SMAC3 is followed for 10 builds. All begin with the default, on the same 3,024 configurations with the
same noise. Seeded Optuna begins with five configurations that were good in the histories. Histories are 20 other
pipelines of the families `scaling` and `disk`. New pipelines are of those and of `graph`, on which the model was
developed, or of `heap` and `tests`, of `network` and `sockets`, or of `pages`, `remote` and `linking`, on which it was
not. Misleading histories say the opposite of what is true. Figures are means over 20 pipelines a set.
BENCH_TUNING_SEEDS=5, BENCH_TUNING_SMAC=0 and BENCH_TUNING_SETS="known families" (comma between several) shorten it.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from inframind.optimization.graybox import GrayBox
from inframind.optimization.learning import learn
from inframind.optimization.requests import Past
from inframind.optimization.transfer import Transfer
from tests.benchmarks.build_surfaces import Surface
from tests.benchmarks.build_tuning import MARKS, Ours, Peer, Trace, history, misleading, peers, portfolio, tuned
from tests.benchmarks.table import Row

SEEDS = int(os.environ.get("BENCH_TUNING_SEEDS", "20"))
WITH_SMAC = os.environ.get("BENCH_TUNING_SMAC", "1") != "0"
FIRST = 5000  # seed of the first pipeline: others were used while the model was developed
LEARNT_FROM = ("scaling", "disk")
SETS = {
    "known families": ("scaling", "graph", "disk"),
    "held-out families": ("heap", "tests"),
    "further held-out families": ("network", "sockets"),
    "latest held-out families": ("pages", "remote", "linking"),
}
WANTED = os.environ.get("BENCH_TUNING_SETS", ",".join(SETS)).split(",")  # of the above, unless others are named:
SETS |= {
    "families that break the laws": ("waiting", "layers", "hungry", "phases"),
    "more families that break the laws": ("licences", "collecting", "staircase", "spilling"),
}
KNOWN_BUILDS = 800
SMAC_BUILDS = 10  # its forests take minutes for more


@dataclass(frozen=True)
class Field:
    """A set of new pipelines, and everyone's traces on it."""

    name: str
    surfaces: list[tuple[Surface, int]]
    pasts: Sequence[Past]

    def ours(self, transfer: Transfer | None) -> list[Trace]:
        """Our traces, with what was learnt from histories, or with none."""
        model = GrayBox(transfer)
        return [tuned(one, Ours(one, model, KNOWN_BUILDS, seed), seed) for one, seed in self.surfaces]

    def theirs(self, algorithm: str, *, seeded: bool = False, builds: int = MARKS[-1]) -> list[Trace]:
        """The traces of a peer."""
        found = []
        with peers() as process:
            for one, seed in self.surfaces:
                begin = portfolio(self.pasts, one.cost_share) if seeded else []
                tuner = Peer(process, {"algorithm": algorithm, "seed": seed, "begin": begin})
                found.append(tuned(one, tuner, seed, builds))
                tuner.finish()
        return found


def run() -> list[Row]:
    """Everyone on known and on held-out families, ours also without and with misleading histories."""
    pasts = history(LEARNT_FROM)
    started = time.process_time()
    transfer, misled = learn(pasts), learn(misleading(SETS["known families"]))
    rows = [Row("learning from 40 histories", (time.process_time() - started), None, None, "reported", "CPU s")]
    for name in WANTED:
        families = SETS[name]
        seeds = range(FIRST, FIRST + SEEDS)
        surfaces = [(Surface(families[i % len(families)], seed), seed) for i, seed in enumerate(seeds)]
        rows += _compared(Field(name, surfaces, pasts), transfer, misled)
    return rows


def _compared(field: Field, transfer: Transfer, misled: Transfer) -> list[Row]:
    ours, blank, wrong = field.ours(transfer), field.ours(None), field.ours(misled)
    optuna, seeded = field.theirs("optuna"), field.theirs("optuna", seeded=True)
    forest = field.theirs("forest_v1")
    smac = field.theirs("smac", builds=SMAC_BUILDS) if WITH_SMAC else None
    goals = {"random search": "reported", "Optuna TPE": "<= 1/3", "Optuna TPE, seeded": "<= 0.7", "forest_v1": "<= 1/3"}
    them: dict[str, list[Trace] | None] = {
        "random search": field.theirs("random"),
        "Optuna TPE": optuna,
        "Optuna TPE, seeded": seeded,
        "forest_v1": forest,
    }
    them |= {"SMAC3": smac} if WITH_SMAC else {}
    rows = []
    for mark in MARKS:
        for name, traces in them.items():
            if traces and mark not in traces[0].regret:
                continue
            goal = goals.get(name, "<= 1/3") if mark == MARKS[0] else "reported"
            rows.append(
                _row(field, f"regret after {mark} builds, against {name}", _at(ours, mark), _at(traces, mark), goal)
            )
    last = MARKS[-1]
    for words, traces in (("no history", blank), ("misleading histories", wrong)):
        for mark in (MARKS[0], last):
            goal = "<= 1" if mark == last else "reported"
            what = f"regret after {mark} builds with {words}, against forest_v1"
            rows.append(_row(field, what, _at(traces, mark), _at(forest, mark), goal))
    rows.append(
        _row(field, "builds out of memory of 40, against Optuna TPE", _ooms(ours), _ooms(optuna), "<= 1/4", "builds")
    )
    rows.append(
        _row(field, "mean regret of the 40 builds run, against Optuna TPE", _tried(ours), _tried(optuna), "reported")
    )
    rows.append(_row(field, "builds that took what the 90 % interval said", _within(ours), None, "about 90", "%"))
    return rows


def _row(field: Field, what: str, ours: float, theirs: float | None, goal: str, unit: str = "%") -> Row:
    return Row(f"{field.name}: {what}", ours, theirs, ours / theirs if theirs else None, goal, unit)


def _mean(of: Callable[[Trace], float], traces: Sequence[Trace] | None) -> float:
    return float(np.mean([of(one) for one in traces or ()]))


def _at(traces: Sequence[Trace] | None, mark: int) -> float:
    return 100 * _mean(lambda one: one.regret[mark], traces)


def _ooms(traces: Sequence[Trace]) -> float:
    return _mean(lambda one: one.ooms, traces)


def _tried(traces: Sequence[Trace]) -> float:
    return 100 * _mean(lambda one: one.tried, traces)


def _within(traces: Sequence[Trace]) -> float:
    return 100 * _mean(lambda one: one.within, traces)
