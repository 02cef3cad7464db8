"""What every backfill store does, in memory and on DynamoDB."""

from collections.abc import Iterator

import pytest

from inframind.adapters.detection.dynamo_backfills import DynamoBackfills
from inframind.adapters.detection.memory_backfills import MemoryBackfills
from inframind.detection.backfill.plan import Backfill
from inframind.errors import Unavailable
from inframind.ports.detection import BackfillStore
from tests.conftest import Account
from tests.contracts.anomalies import NOON
from tests.contracts.keys import strict

ONE = Backfill(id="a", created_at=NOON, resources=("r",), start=NOON, end=NOON, replace=False, slices=2)


@pytest.fixture(params=["memory", "dynamo"])
def store(request: pytest.FixtureRequest) -> Iterator[BackfillStore]:
    if request.param == "memory":
        yield MemoryBackfills()
        return
    account: Account = request.getfixturevalue("aws")
    yield DynamoBackfills(strict(account.client("dynamodb")), account.environment["DETECTORS_TABLE"])


def test_a_backfill_is_read_back_as_it_was_begun(store: BackfillStore) -> None:
    assert store.create(ONE) == ONE
    assert store.get("a") == ONE
    assert store.get("b") is None


def test_creating_again_leaves_the_first_and_how_far_it_has_come(store: BackfillStore) -> None:
    store.create(ONE)
    store.note("a", 0, cut=False)
    assert store.create(ONE.model_copy(update={"slices": 9})) == ONE.model_copy(update={"slices_done": 1})


def test_a_slice_counts_once_however_often_it_is_noted(store: BackfillStore) -> None:
    store.create(ONE)
    for _ in range(2):
        store.note("a", 0, cut=True)
    half = store.get("a")
    assert half is not None
    assert (half.status, half.slices_done, half.slices_cut) == ("running", 1, 1)
    store.note("a", 1, cut=False)
    whole = store.get("a")
    assert whole is not None
    assert (whole.status, whole.slices_done, whole.slices_cut) == ("done", 2, 1)


def test_a_slice_of_a_backfill_that_nobody_began_changes_nothing(store: BackfillStore) -> None:
    store.note("b", 0, cut=True)
    assert store.get("b") is None


def test_an_id_that_no_table_could_hold_is_not_there(store: BackfillStore) -> None:
    assert store.get("x" * 3000) is None


def test_a_table_that_is_gone_is_unavailable(aws: Account) -> None:
    with pytest.raises(Unavailable, match="detectors table"):
        DynamoBackfills(aws.client("dynamodb"), "gone").create(ONE)
