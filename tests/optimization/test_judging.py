"""Models are judged by builds that are newer than all they have learnt from."""

from datetime import timedelta

import numpy as np
import pytest

from inframind.optimization.forest import flattened
from inframind.optimization.graybox import GrayBox
from inframind.optimization.judging import (
    LEAST_BUILDS,
    data_sha256,
    described,
    forest_errors,
    mean_error,
    model_errors,
    pasts,
    split,
)
from tests.optimization.grown import grown
from tests.optimization.simulated import DEFAULT, build, simulated

BUILDS = simulated(60)


def test_the_newest_fifth_is_held_out() -> None:
    parts = split(BUILDS)
    assert parts is not None
    assert (len(parts.early), len(parts.late)) == (48, 12)
    assert max(one.started_at for one in parts.early) < parts.cut == min(one.started_at for one in parts.late)


def test_builds_that_start_together_are_not_torn_apart() -> None:
    at_once = [one.model_copy(update={"started_at": BUILDS[45].started_at}) for one in BUILDS[45:]]
    parts = split([*BUILDS[:45], *at_once])
    assert parts is not None
    assert (len(parts.early), len(parts.late)) == (45, 15)


def test_the_order_of_builds_changes_neither_the_cut_nor_the_digest() -> None:
    assert split(BUILDS[::-1]) == split(BUILDS)
    assert data_sha256(BUILDS[::-1]) == data_sha256(BUILDS) != data_sha256(BUILDS[1:])


def test_few_builds_or_all_at_one_moment_are_not_cut() -> None:
    assert split(BUILDS[: LEAST_BUILDS - 1]) is None
    assert split([one.model_copy(update={"started_at": BUILDS[0].started_at}) for one in BUILDS]) is None


def test_builds_that_tell_nothing_of_their_configuration_are_left_out() -> None:
    failed = [one.model_copy(update={"outcome": "failed", "run_id": one.run_id + "f"}) for one in BUILDS]
    assert split([*BUILDS, *failed]) == split(BUILDS)


def test_a_model_that_knows_the_law_is_off_by_the_noise() -> None:
    parts = split(simulated(120))
    assert parts is not None
    errors = model_errors(GrayBox(), parts, parts.cut)
    assert errors["duration"] < 0.16
    assert errors["memory"] < 0.1
    assert errors["new_pipeline"] > errors["duration"]


def test_only_builds_from_a_moment_on_are_judged() -> None:
    parts = split(BUILDS)
    assert parts is not None
    assert model_errors(GrayBox(), parts, parts.late[-1].started_at + timedelta(seconds=1)) == {}
    assert mean_error({}) == float("inf")


def test_a_pipeline_that_is_new_among_the_late_ones_is_judged_by_all_but_its_first_build() -> None:
    builds = [build(number, "old" if number < 24 else "new", DEFAULT, 100.0) for number in range(30)]
    parts = split(builds)
    assert parts is not None
    assert {one.pipeline for one in parts.late} == {"new"}
    assert model_errors(GrayBox(), parts, parts.cut)["duration"] == pytest.approx(0, abs=0.05)


def test_a_forest_is_off_by_less_than_the_median_of_the_pipeline() -> None:
    parts = split(simulated(200))
    assert parts is not None
    x, y, _ = described(parts.early, parts.early)
    _, served = grown(x, y, 50, min_samples_leaf=2)
    errors = forest_errors(served, parts, parts.cut)
    assert errors["duration"] < errors["pipeline_median"]
    assert mean_error(errors) == errors["duration"]


def test_a_leaf_alone_is_off_by_the_spread() -> None:
    parts = split(BUILDS)
    assert parts is not None
    x, y, _ = described(parts.early, parts.early)
    learnt, _ = grown(x, np.full(len(y), y.mean()), 1)
    served = flattened([learnt.estimators_[0].tree_], [str(column) for column in range(x.shape[1])])
    late = np.log([one.duration_s for one in parts.late if one.outcome == "success" and one.duration_s])
    assert forest_errors(served, parts, parts.cut)["duration"] == pytest.approx(np.abs(late - y.mean()).mean())


def test_histories_are_told_by_pipeline_with_what_was_last_said() -> None:
    found = pasts([*BUILDS[1:], BUILDS[0].model_copy(update={"context": {"tool": "make"}})])
    assert [past.pipeline for past in found] == ["team/0", "team/1", "team/2", "team/3"]
    assert found[0].context == BUILDS[0].context
    assert len(found[1].observed) == sum(one.pipeline == "team/1" for one in BUILDS)
