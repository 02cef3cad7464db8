"""What every store of the book of calls does, in memory and on DynamoDB."""

import pytest

from inframind.adapters.dynamo_calls import DynamoCalls
from inframind.adapters.memory_calls import MemoryCalls
from inframind.errors import Conflict, Unavailable
from inframind.ports.calls import CallStore, StoredCalls
from tests.conftest import Account


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, aws: Account) -> CallStore:
    if request.param == "memory":
        return MemoryCalls()
    return DynamoCalls(aws.client("dynamodb"), aws.environment["INCIDENTS_TABLE"])


def test_there_is_no_book_until_one_is_kept(store: CallStore) -> None:
    assert store.load() == StoredCalls(None, 0)
    assert store.save(b"first", 0) == 1
    assert store.load() == StoredCalls(b"first", 1)
    assert store.save(b"second", 1) == 2
    assert store.load() == StoredCalls(b"second", 2)


@pytest.mark.parametrize("version", [0, 1, 7])
def test_of_two_who_read_the_same_book_one_writes(store: CallStore, version: int) -> None:
    store.save(b"first", 0)
    store.save(b"second", 1)
    with pytest.raises(Conflict):
        store.save(b"late", version)
    assert store.load() == StoredCalls(b"second", 2)


def test_a_table_that_is_not_there_is_unavailable(aws: Account) -> None:
    store = DynamoCalls(aws.client("dynamodb"), "elsewhere")
    with pytest.raises(Unavailable):
        store.load()
    with pytest.raises(Unavailable):
        store.save(b"book", 0)
