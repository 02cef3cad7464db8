"""What every store of models does, on memory and on S3."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from inframind.adapters.optimization.memory_models import MemoryModels
from inframind.adapters.optimization.s3_models import S3Models
from inframind.errors import Conflict, NotFound, Unavailable
from inframind.optimization.versions import Ledger
from inframind.ports.optimization import ModelStore, StoredLedger
from tests.conftest import Account

NONE = Ledger(kind="graybox")
ONE = NONE.model_copy(update={"serving": "graybox-1", "checked_at": datetime(2026, 5, 1, tzinfo=UTC)})
TWO = ONE.model_copy(update={"serving": "graybox-2", "before": ("graybox-1",)})


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest) -> Iterator[ModelStore]:
    if request.param == "memory":
        yield MemoryModels()
        return
    account: Account = request.getfixturevalue("aws")
    yield S3Models(account.client("s3"), account.environment["BANK_BUCKET"])


def test_a_kind_begins_without_versions(store: ModelStore) -> None:
    assert store.load("graybox") == StoredLedger(NONE, None)


def test_a_ledger_is_replaced_under_the_tag_it_was_read_at(store: ModelStore) -> None:
    first = store.save(ONE, None)
    assert store.load("graybox") == StoredLedger(ONE, first)
    second = store.save(TWO, first)
    assert store.load("graybox") == StoredLedger(TWO, second)
    assert store.load("forest_v1").tag is None


def test_a_ledger_that_has_moved_on_is_not_replaced(store: ModelStore) -> None:
    first = store.save(ONE, None)
    with pytest.raises(Conflict):
        store.save(TWO, None)
    store.save(TWO, first)
    with pytest.raises(Conflict):
        store.save(ONE, first)
    assert store.load("graybox").ledger == TWO


def test_the_bytes_of_a_version_stay_as_they_were_first_kept(store: ModelStore) -> None:
    store.put("graybox-1", b"one")
    store.put("graybox-1", b"other")
    assert store.data("graybox-1") == b"one"


def test_versions_that_nobody_needs_go_once_they_are_old_enough(store: ModelStore) -> None:
    store.save(ONE, None)
    for version in ("graybox-1", "graybox-2", "graybox-3", "forest_v1-1"):
        store.put(version, b"data")
    store.prune("graybox", {"graybox-2"}, datetime.now(UTC) - timedelta(hours=1))
    assert store.data("graybox-1") == b"data"
    for _ in range(2):
        store.prune("graybox", {"graybox-2"}, datetime.now(UTC) + timedelta(hours=1))
        assert store.data("graybox-2") == store.data("forest_v1-1") == b"data"
        assert store.load("graybox").ledger == ONE
        for gone in ("graybox-1", "graybox-3"):
            with pytest.raises(NotFound):
                store.data(gone)


def test_a_version_that_was_never_kept_is_not_found(store: ModelStore) -> None:
    with pytest.raises(NotFound, match="graybox-9"):
        store.data("graybox-9")


def test_a_bucket_that_is_not_there_makes_the_store_unavailable(aws: Account) -> None:
    store = S3Models(aws.client("s3"), "elsewhere")
    for call in (
        lambda: store.load("graybox"),
        lambda: store.save(ONE, None),
        lambda: store.put("graybox-1", b""),
        lambda: store.data("graybox-1"),
        lambda: store.prune("graybox", (), datetime.now(UTC)),
    ):
        with pytest.raises(Unavailable, match="model bucket"):
            call()
