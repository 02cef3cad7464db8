"""What every bank store does, on memory and on S3."""

from collections.abc import Iterator

import pytest

from inframind.adapters.detection.memory_banks import MemoryBanks
from inframind.adapters.detection.s3_banks import S3Banks
from inframind.errors import Conflict, Unavailable
from inframind.ports.detection import BankStore, StoredBank
from tests.conftest import Account


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest) -> Iterator[BankStore]:
    if request.param == "memory":
        yield MemoryBanks()
        return
    account: Account = request.getfixturevalue("aws")
    yield S3Banks(account.client("s3"), account.environment["BANK_BUCKET"])


def test_a_shard_begins_without_a_bank(store: BankStore) -> None:
    assert store.load(3) == StoredBank(None, None)


def test_a_saved_bank_is_loaded_with_the_version_it_was_saved_as(store: BankStore) -> None:
    first = store.save(3, b"one", None)
    assert store.load(3) == StoredBank(b"one", first)
    second = store.save(3, b"two", first)
    assert store.load(3) == StoredBank(b"two", second)
    assert store.load(2).data is None


def test_of_two_who_begin_a_bank_one_wins(store: BankStore) -> None:
    store.save(3, b"one", None)
    with pytest.raises(Conflict):
        store.save(3, b"two", None)
    assert store.load(3).data == b"one"


def test_a_bank_that_has_moved_on_is_not_replaced(store: BankStore) -> None:
    first = store.save(3, b"one", None)
    store.save(3, b"two", first)
    with pytest.raises(Conflict):
        store.save(3, b"three", first)
    assert store.load(3).data == b"two"


def test_an_unreadable_bank_is_set_aside_under_its_content(store: BankStore) -> None:
    version = store.save(3, b"junk", None)
    where = store.set_aside(3, b"junk")
    assert where == store.set_aside(3, b"junk")
    assert where.startswith("banks/3.corrupt-")
    assert store.load(3) == StoredBank(b"junk", version)


def test_a_bank_deleted_meanwhile_is_a_conflict(aws: Account) -> None:
    store = S3Banks(aws.client("s3"), aws.environment["BANK_BUCKET"])
    version = store.save(3, b"one", None)
    aws.client("s3").delete_object(Bucket=aws.environment["BANK_BUCKET"], Key="banks/3")
    with pytest.raises(Conflict):
        store.save(3, b"two", version)


def test_a_bucket_that_is_not_there_makes_the_store_unavailable(aws: Account) -> None:
    store = S3Banks(aws.client("s3"), "elsewhere")
    for call in (lambda: store.load(0), lambda: store.save(0, b"", None), lambda: store.set_aside(0, b"")):
        with pytest.raises(Unavailable, match="bank bucket"):
            call()
