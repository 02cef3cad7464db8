"""The baseline: a forest for durations, the law for memory, the same guards."""

from datetime import timedelta

import numpy as np

from inframind.builds import Build
from inframind.optimization.baseline import Baseline
from inframind.optimization.features import NAMES
from inframind.optimization.forest import flattened
from inframind.optimization.graybox import GrayBox
from inframind.optimization.judging import described
from inframind.optimization.requests import Observed, OptimizeRequest, design
from inframind.optimization.suggesting import suggest
from tests.optimization.grown import grown
from tests.optimization.simulated import DEFAULT, FIRST, simulated

BUILDS = simulated(200)
OWN = [one for one in BUILDS if one.pipeline == "team/1"]
X, Y, _ = described(BUILDS, BUILDS)
LEARNT, GROWN = grown(X, Y, 40, min_samples_leaf=2)
SERVED = flattened([tree.tree_ for tree in LEARNT.estimators_], NAMES)
ASKED = Build(run_id="", pipeline="team/1", started_at=FIRST + timedelta(days=30), context=OWN[0].context)


def test_durations_are_the_forests_and_memory_is_the_laws() -> None:
    own = Observed.of(OWN)
    x = design([one.configuration or DEFAULT for one in OWN[:6]])
    forecast = Baseline("forest_v1-0", SERVED, ASKED, OWN).fitted(own, ASKED.context)(x)
    law = GrayBox().fitted(own, ASKED.context)(x)
    as_built = [ASKED.model_copy(update={"configuration": one.configuration}) for one in OWN[:6]]
    rows, _, _ = described([one.model_copy(update={"outcome": "success", "duration_s": 1.0}) for one in as_built], OWN)
    assert np.allclose(forecast.log_duration, LEARNT.predict(rows))
    assert np.array_equal(forecast.log_memory, law.log_memory)
    assert (forecast.duration_sd > 0).all()


def test_a_suggestion_by_the_forest_names_it_and_stays_within_the_guards() -> None:
    model = Baseline("forest_v1-0", SERVED, ASKED, OWN)
    request = OptimizeRequest(pipeline="team/1", context=ASKED.context, host_cpus=8, host_memory_gb=32)
    for seed in range(20):
        found = suggest(request, OWN, model, np.random.default_rng(seed))
        assert found.model_version == "forest_v1-0"
        assert found.configuration.cpus <= 8
        assert found.configuration.concurrency <= 16
        assert found.configuration.memory_gb <= 32
