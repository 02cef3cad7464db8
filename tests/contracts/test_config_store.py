"""What every configuration store does, in memory and on DynamoDB: here one of detectors."""

from collections.abc import Iterator

import pytest

from inframind.adapters.dynamo_config_store import DynamoConfigStore
from inframind.adapters.memory_config_store import MemoryConfigStore
from inframind.detection.detectors.detector import Detector
from inframind.detection.detectors.windows import Weekly
from inframind.errors import Damaged, Rejected, Unavailable
from inframind.ports.configuration import ConfigStore
from inframind.ports.paging import Page
from tests.conftest import Account
from tests.contracts.anomalies import NOON
from tests.contracts.keys import strict


@pytest.fixture(params=["memory", "dynamo"])
def store(request: pytest.FixtureRequest) -> Iterator[ConfigStore[Detector]]:
    if request.param == "memory":
        yield MemoryConfigStore()
        return
    account: Account = request.getfixturevalue("aws")
    yield DynamoConfigStore(
        strict(account.client("dynamodb")), account.environment["DETECTORS_TABLE"], "detectors", Detector
    )


def detector(name: str, sensitivity: float = 1.0) -> Detector:
    windows = (Weekly(start="22:00", end="23:00"),)
    return Detector(
        id=name, created_at=NOON, updated_at=NOON, sensitivity=sensitivity, excluded_weekly=windows, labels={"a": "b"}
    )


def test_a_detector_is_read_back_as_it_was_made(store: ConfigStore[Detector]) -> None:
    assert store.create(detector("a")) == detector("a")
    assert store.get("a") == detector("a")
    assert store.get("b") is None


def test_creating_again_leaves_the_first(store: ConfigStore[Detector]) -> None:
    store.create(detector("a"))
    assert store.create(detector("a", 2.0)) == detector("a") == store.get("a")


def test_only_what_is_there_can_be_replaced(store: ConfigStore[Detector]) -> None:
    assert not store.replace(detector("a"))
    assert store.get("a") is None
    store.create(detector("a"))
    assert store.replace(detector("a", 2.0))
    assert store.get("a") == detector("a", 2.0)


def test_deleting_twice_finds_nothing_the_second_time(store: ConfigStore[Detector]) -> None:
    store.create(detector("a"))
    assert store.delete("a")
    assert not store.delete("a")
    assert store.all() == Page(())


@pytest.mark.parametrize("limit", [1, 2, 10])
def test_all_are_listed_once_each_whatever_the_page(store: ConfigStore[Detector], limit: int) -> None:
    for name in "cabed":
        store.create(detector(name))
    found: list[str] = []
    cursor = None
    for _ in range(10):
        page = store.list(limit, cursor)
        found += [one.id for one in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert found == list("abcde") == [one.id for one in store.all().items]


def test_stores_of_one_table_know_nothing_of_each_other(aws: Account) -> None:
    client, table = aws.client("dynamodb"), aws.environment["DETECTORS_TABLE"]
    store, other = (DynamoConfigStore(client, table, kind, Detector) for kind in ("detectors", "others"))
    store.create(detector("a"))
    assert (other.get("a"), other.all().items, other.delete("a"), len(store.all().items)) == (None, (), False, 1)


def test_a_cursor_that_was_not_made_here_is_refused(store: ConfigStore[Detector]) -> None:
    with pytest.raises(Rejected, match="cursor"):
        store.list(2, "\u00e9")


def test_a_table_that_is_not_there_makes_the_store_unavailable(aws: Account) -> None:
    store = DynamoConfigStore(aws.client("dynamodb"), "elsewhere", "detectors", Detector)
    for call in (lambda: store.get("x"), lambda: store.create(detector("x")), lambda: store.delete("x"), store.all):
        with pytest.raises(Unavailable, match="table of detectors"):
            call()


def test_an_id_longer_than_any_key_of_a_table_is_not_found(store: ConfigStore[Detector]) -> None:
    assert store.get("x" * 3_000) is None
    assert not store.delete("x" * 3_000)


DAMAGE = {"cut": {"S": '{"id": "b", "na'}, "of another sort": {"S": '{"id": 17}'}, "of another type": {"N": "1"}}


@pytest.mark.parametrize("damage", [*DAMAGE, "missing"])
def test_what_cannot_be_read_is_named_and_keeps_nobody_from_the_rest(aws: Account, damage: str) -> None:
    client, table = aws.client("dynamodb"), aws.environment["DETECTORS_TABLE"]
    store = DynamoConfigStore(client, table, "detectors", Detector)
    for name in "abc":
        store.create(detector(name))
    broken = {"pk": {"S": "detectors"}, "sk": {"S": "b"}} | ({"record": DAMAGE[damage]} if damage in DAMAGE else {})
    client.put_item(TableName=table, Item=broken)
    assert store.all() == Page((detector("a"), detector("c")), damaged=("b",))
    assert store.list(2).damaged == ("b",)
    with pytest.raises(Damaged, match="b is kept among the detectors, and cannot be read"):
        store.get("b")
    with pytest.raises(Damaged):
        store.create(detector("b"))
    assert client.get_item(TableName=table, Key={"pk": {"S": "detectors"}, "sk": {"S": "b"}})["Item"] == broken
