"""The baseline forest, asked for over HTTP."""

import numpy as np
import pytest

from inframind import wiring
from inframind.http.optimization.model_routes import VERSION
from inframind.optimization.features import NAMES
from inframind.optimization.forest import flattened
from inframind.optimization.versions import ModelCard, with_version
from tests.functions.optimization.test_api import Ask
from tests.functions.optimization.test_api import api as api
from tests.functions.optimization.test_models import NOW
from tests.functions.optimization.test_optimize import HOST, build, optimize
from tests.optimization.grown import grown

X = np.random.default_rng(0).uniform(0, 10, (60, len(NAMES))).astype(np.float32)
LEARNT, _ = grown(X, np.log(100 + X[:, 0].astype(np.float64)), 5)
FOREST = flattened([tree.tree_ for tree in LEARNT.estimators_], NAMES).packed()


def promote(name: str, data: bytes) -> str:
    """A forest serves as the baseline."""
    card = ModelCard.model_validate(VERSION | {"version": f"forest_v1-{name}", "kind": "forest_v1"})
    wiring.models().put(card.version, data)
    stored = wiring.models().load("forest_v1")
    wiring.models().save(with_version(stored.ledger, card, NOW), stored.tag)
    return card.version


def test_the_forest_suggests_when_it_is_asked_for_and_only_then(api: Ask) -> None:
    for number in range(5):
        build(number, jobs=1 + number % 4)
    version = promote("00000000000a", FOREST)
    assert optimize(api, context=HOST, model="forest_v1").json["model_version"] == version
    assert optimize(api, context=HOST).json["model_version"] == "graybox-blank"


@pytest.mark.parametrize("data", [None, b"", b"IMA1"])
def test_where_no_forest_can_be_read_the_gray_box_answers(api: Ask, data: bytes | None) -> None:
    if data is not None:
        promote(f"00000000000{len(data)}", data)
    assert optimize(api, context=HOST, model="forest_v1").json["model_version"] == "graybox-blank"


def test_another_model_is_refused(api: Ask) -> None:
    assert optimize(api, model="lightgbm").status == 422
