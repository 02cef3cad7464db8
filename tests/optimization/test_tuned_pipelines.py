"""Suggestions followed on simulated pipelines: near the best after ten builds, without running out of memory."""

from collections.abc import Callable

import numpy as np
import pytest

from inframind.optimization.graybox import GrayBox
from inframind.optimization.learning import learn
from inframind.optimization.requests import Model
from tests.benchmarks.build_surfaces import Surface
from tests.benchmarks.build_tuning import Ours, history, misleading, tuned

FAMILIES = ("disk", "graph", "heap", "scaling", "tests")
PIPELINES = [Surface(family, 40 + i) for i, family in enumerate(FAMILIES)]


FEW = 6
MODELS: dict[str, Callable[[], Model]] = {
    "no history": GrayBox,
    "histories": lambda: GrayBox(learn(history(("scaling", "disk"), FEW))),
    "misleading histories": lambda: GrayBox(learn(misleading(("scaling",))[:FEW])),
}


@pytest.mark.parametrize(
    ("known", "at_most"), [("no history", 0.15), ("histories", 0.15), ("misleading histories", 0.25)]
)
def test_ten_builds_lead_near_the_best_whatever_is_known_of_others(known: str, at_most: float) -> None:
    model = MODELS[known]()
    traces = [tuned(one, Ours(one, model, 100, i), i, 10) for i, one in enumerate(PIPELINES)]

    assert np.mean([trace.regret[10] for trace in traces]) < at_most
    assert sum(trace.ooms for trace in traces) <= 1
    assert np.mean([trace.tried for trace in traces]) < 0.5


ODD = [("waiting", 40), ("waiting", 42), ("licences", 40), ("licences", 41)]


def test_where_builds_break_the_laws_twenty_of_them_lead_near_the_best_all_the_same() -> None:
    model = MODELS["histories"]()
    surfaces = [(Surface(family, seed), seed) for family, seed in ODD]
    traces = [tuned(one, Ours(one, model, 100, seed), seed, 20) for one, seed in surfaces]

    assert np.mean([trace.regret[20] for trace in traces]) < 0.16
    assert sum(trace.ooms for trace in traces) <= 1
