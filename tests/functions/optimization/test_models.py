"""The optimizer's models over HTTP, and how the one that serves reaches a warm function."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from inframind import wiring
from inframind.adapters.optimization.memory_models import MemoryModels, MemoryTraining
from inframind.errors import Conflict, Unavailable
from inframind.http.optimization.model_routes import VERSION
from inframind.optimization import learnt
from inframind.optimization.transfer import Transfer
from inframind.optimization.versions import Ledger, ModelCard, with_version
from inframind.records import Role
from inframind.usecases.optimization import advising
from inframind.usecases.optimization.advising import ServingModel
from tests.conftest import Account
from tests.functions.optimization.test_api import Ask
from tests.functions.optimization.test_api import api as api

NOW = datetime.now(UTC)
PATH = "/api/v1/models/optimizer"


class Models(MemoryModels):
    """A store that can be away, and that counts how often models were fetched."""

    away, fetched = False, 0

    def load(self, kind: Any) -> Any:
        if self.away:
            raise Unavailable("The model bucket is away.")
        return super().load(kind)

    def data(self, version: str) -> bytes:
        self.fetched += 1
        return super().data(version)


@pytest.fixture
def models(aws: Account, monkeypatch: pytest.MonkeyPatch) -> Models:
    store = Models()
    monkeypatch.setattr(wiring, "models", lambda: store)
    return store


def promote(models: MemoryModels, number: int, data: bytes | None = None) -> str:
    """Another version serves."""
    told = VERSION | {"version": f"graybox-{number:012d}", "verdict": "better"}
    card = ModelCard.model_validate(told)
    models.put(card.version, learnt.packed(Transfer.blank()) if data is None else data)
    stored = models.load("graybox")
    models.save(with_version(stored.ledger, card, NOW), stored.tag)
    return card.version


def test_before_any_training_nothing_serves(models: Models, api: Ask) -> None:
    answer = api("GET", PATH, role=Role.VIEWER).json
    assert answer["current"] is None
    assert [one["kind"] for one in answer["models"]] == ["graybox", "forest_v1"]


def test_versions_are_listed_with_their_errors_and_the_one_that_serves(models: Models, api: Ask) -> None:
    first, second = promote(models, 1), promote(models, 2)
    answer = api("GET", PATH, role=Role.VIEWER).json
    graybox = answer["models"][0]
    assert (answer["current"], graybox["before"]) == (second, [first])
    assert [one["version"] for one in graybox["versions"]] == [second, first]
    assert graybox["versions"][0]["errors"] == VERSION["errors"]


def test_a_rollback_goes_back_once_however_often_it_is_asked(models: Models, api: Ask) -> None:
    first, second = promote(models, 1), promote(models, 2)
    answers = [api("POST", f"{PATH}/rollback", {"leave": second}, Role.OPERATOR) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 409]
    assert answers[0].json["serving"] == first == api("GET", PATH, role=Role.VIEWER).json["current"]


def test_without_a_version_before_there_is_no_way_back(models: Models, api: Ask) -> None:
    promote(models, 1)
    assert api("POST", f"{PATH}/rollback", {}, Role.OPERATOR).status == 409


def test_a_rollback_that_meets_a_trainer_comes_after_it(
    models: Models, api: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(models, 1)
    promote(models, 2)
    save, met = models.save, iter([True])

    def meeting(ledger: Ledger, tag: str | None) -> str:
        if next(met, False):
            monkeypatch.setattr(models, "save", save)
            promote(models, 3)
        return save(ledger, tag)

    monkeypatch.setattr(models, "save", meeting)
    assert api("POST", f"{PATH}/rollback", None, Role.OPERATOR).json["serving"].endswith("2")


def test_a_ledger_that_others_keep_writing_is_a_conflict(
    models: Models, api: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(models, 1)
    promote(models, 2)

    def busy(ledger: Ledger, _tag: str | None) -> str:
        raise Conflict(f"The versions of {ledger.kind} have moved on.")

    monkeypatch.setattr(models, "save", busy)
    assert api("POST", f"{PATH}/rollback", {}, Role.OPERATOR).status == 409


def test_training_is_ordered_in_the_name_of_the_caller(
    models: Models, api: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue = MemoryTraining()
    monkeypatch.setattr(wiring, "training_queue", lambda: queue)
    assert api("POST", f"{PATH}/train", None, Role.OPERATOR).status == 202
    assert queue.orders == ["operator"]


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [("GET", "", Role.INGEST), ("POST", "/rollback", Role.VIEWER), ("POST", "/train", Role.VIEWER)],
)
def test_reading_takes_a_viewer_and_changing_an_operator(
    models: Models, api: Ask, method: str, path: str, role: Role
) -> None:
    assert api(method, PATH + path, {} if method == "POST" else None, role).status == 403


def test_a_promoted_version_serves_after_a_minute_and_is_fetched_once(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(advising, "monotonic", lambda: clock[0])
    serving = ServingModel()
    assert serving.served().model.version == "graybox-blank"
    version = promote(models, 1)
    assert serving.served().model.version == "graybox-blank"
    for clock[0] in (61.0, 90.0, 130.0):
        assert serving.served().model.version == version
    assert (models.fetched, serving.served().learnt_from) == (1, 412)


def test_while_the_store_is_away_the_model_stays_as_it_was(models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(advising, "monotonic", lambda: clock[0])
    version, serving = promote(models, 1), ServingModel()
    serving.served()
    models.away, clock[0] = True, 100.0
    assert serving.served().model.version == version


def test_a_function_that_never_saw_the_store_does_not_guess(models: Models) -> None:
    models.away = True
    with pytest.raises(Unavailable):
        ServingModel().served()


@pytest.mark.parametrize("data", [b"", b"IMA1", np.arange(9.0).tobytes()])
def test_a_model_that_cannot_be_read_is_left_out(models: Models, data: bytes) -> None:
    promote(models, 1, data)
    assert ServingModel().served().model.version == "graybox-blank"


def test_a_suggestion_names_the_version_and_stays_with_the_default_once_the_model_is_old(
    models: Models, api: Ask
) -> None:
    version = promote(models, 1)
    answer = api("POST", "/optimize", {"pipeline": "p"}).json
    assert answer["model_version"] == version
    stored = models.load("graybox")
    models.save(stored.ledger.model_copy(update={"checked_at": NOW - timedelta(days=20)}), stored.tag)
    advising.serving_model.cache_clear()
    assert api("POST", "/optimize", {"pipeline": "p"}).json["is_default"] is True
