"""A small slice of the families by which `tests/benchmarks/families.py` judges the ranking; all of it is simulated."""

import numpy as np
import pytest

from inframind.incidents.cause import Alarm, Window, rank_window
from tests.benchmarks.judged import Case, judge
from tests.benchmarks.mesh_faults import KINDS, quiet, simulated
from tests.benchmarks.meshes import FRONT, Call, Fault, Mesh
from tests.benchmarks.spoiled import WAYS

SIZES = (12,)
WORST = {"gone": 0.6, "two at once": 0.6, "jittery": 0.7, "noisy neighbour": 0.7}  # kinds that leave more in the dark
GOING = np.array([0.0, 0.0, 1.0, 1.0, 0.2])
SHARED = Mesh(  # web asks cart and search, which both ask stock; mail is asked by cart only
    calls={
        FRONT: {"cart": Call(0.5), "search": Call(1.0)},
        "cart": {"mail": Call(0.4), "stock": Call(1.0)},
        "search": {"stock": Call(1.0)},
        "mail": {},
        "stock": {},
    },
    seconds={FRONT: 0.02, "cart": 0.02, "search": 0.01, "mail": 0.005, "stock": 0.005},
    restless={FRONT: 0.05, "cart": 0.05, "search": 0.05, "mail": 0.05, "stock": 0.05},
    traffic=500.0,
)


def faulty(fault: Fault, metric: str = "availability") -> list[str]:
    """The names of the ranking of the small application with a fault."""
    random = np.random.default_rng(5)
    before, after = SHARED.observed(random, 200, 0.0, Fault()), SHARED.observed(random, 5, 1e6, fault)
    alarm = Alarm(FRONT, metric, "Average", after.times[2] - 100.0)
    return [name for name, _ in rank_window(before, after, SHARED.graph, alarm)]


@pytest.fixture(scope="module")
def planted() -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for case in simulated(KINDS, 3, SIZES):
        found.setdefault(case.kind, []).append(case)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_most_faults_of_every_kind_are_found_in_applications_of_every_shape(
    kind: str, planted: dict[str, list[Case]]
) -> None:
    score = judge(planted[kind])
    assert score.cases >= 15
    assert score.first >= WORST.get(kind, 0.8)
    assert score.third >= 0.8


@pytest.mark.parametrize("way", WAYS)
def test_spoiled_telemetry_hides_few_causes_and_accuses_nobody(way: str, planted: dict[str, list[Case]]) -> None:
    random = np.random.default_rng(3)
    cases = [WAYS[way](case, random) for case in (*planted["slow"], *list(quiet(3, SIZES))[::2])]
    score = judge(cases)
    assert score.first >= (0.7 if way == "cells missing" else 0.8)
    assert score.specificity >= 0.95


def test_whom_two_callers_miss_is_named_before_either() -> None:
    assert faulty(Fault(gone={"stock": GOING}))[0] == "stock"


def test_a_callee_that_is_not_asked_any_more_because_another_one_fails_is_not_blamed() -> None:
    slow = Fault(slower={"mail": 2.0 * GOING})  # cart gives up on mail and never comes to ask stock
    assert faulty(slow)[0] == "mail"


def test_blame_follows_time_below_a_caller_that_gave_up() -> None:
    assert faulty(Fault(slower={"stock": 1.0 * GOING}))[0] == "stock"


def test_a_neighbour_that_costs_more_than_its_caller_lost_is_not_waited_for() -> None:
    random = np.random.default_rng(5)
    before = SHARED.observed(random, 200, 0.0, Fault())
    after = SHARED.observed(random, 5, 1e6, Fault(slower={"search": 0.05 * GOING}))
    stock = ("stock", "latency", "Average")
    after.series[stock][:] = (np.array(after.series[stock]) + 1.0 * GOING).tolist()  # type: ignore[index]
    alarm = Alarm(FRONT, "latency", "Average", after.times[2] - 100.0)
    assert rank_window(before, after, SHARED.graph, alarm)[0][0] == "search"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e308, 0.0, -1.0])
def test_what_is_no_measurement_accuses_nobody(value: float) -> None:
    random = np.random.default_rng(5)
    before, after = (SHARED.observed(random, rows, start, Fault()) for rows, start in ((100, 0.0), (5, 1e6)))
    dead = Window(after.times, {name: [value] * 5 for name in after.series})
    for metric in ("latency", "availability"):
        alarm = Alarm(FRONT, metric, "Average", after.times[2])
        assert rank_window(before, dead, SHARED.graph, alarm) == [] or value in (1e308, 0.0, -1.0)
        assert rank_window(Window([], {}), Window([], {}), SHARED.graph, alarm) == []
        assert rank_window(before, after, SHARED.graph, alarm._replace(timestamp=np.nan)) == []


def test_a_large_history_is_replayed_in_part_and_the_cause_found() -> None:
    random = np.random.default_rng(5)
    before = SHARED.observed(random, 10_000, 0.0, Fault())
    after = SHARED.observed(random, 5, 1e7, Fault(slower={"mail": 0.3 * GOING}))
    alarm = Alarm(FRONT, "latency", "Average", after.times[2] - 100.0)
    assert rank_window(before, after, SHARED.graph, alarm)[0][0] == "mail"
