"""What every key store does, on memory and on DynamoDB."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from inframind.adapters.platform.dynamo_keys import DynamoKeys
from inframind.adapters.platform.memory_keys import MemoryKeys
from inframind.errors import Conflict, Damaged, Rejected, Unavailable
from inframind.platform.keys import keep
from inframind.ports.platform import KeyStore
from inframind.records import AccessKey, AuditRecord, KeyChange, Role

NOW = datetime(2026, 1, 11, 10, 30, tzinfo=UTC)
TABLE = "access"


@pytest.fixture(params=["memory", "dynamo"])
def store(request: pytest.FixtureRequest) -> Iterator[KeyStore]:
    if request.param == "memory":
        yield MemoryKeys()
        return
    with mock_aws():
        yield DynamoKeys(_client_with_table(), TABLE)


@pytest.fixture
def client() -> Iterator[object]:
    with mock_aws():
        yield _client_with_table()


def _client_with_table() -> object:
    client = boto3.client(
        "dynamodb", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    return client


def key(number: int) -> AccessKey:
    return keep(f"im_{number:012x}_{'A' * 32}", f"key {number}", Role.VIEWER, NOW)


def record(of: AccessKey, minutes: int = 0) -> AuditRecord:
    at = NOW + timedelta(minutes=minutes)
    return AuditRecord(at=at, actor="own-0", action="key.created", key_id=of.id, detail="")


def test_a_kept_key_is_found_again_and_an_unknown_one_is_not(store: KeyStore) -> None:
    store.put(key(1))
    assert (store.get(key(1).id), store.get("0" * 12)) == (store.get(key(1).id), None)
    found = store.get(key(1).id)
    assert found is not None
    assert (found.name, found.role, found.created_at) == ("key 1", Role.VIEWER, NOW)


def test_putting_again_replaces_unless_the_key_is_to_be_new(store: KeyStore) -> None:
    store.put(key(1))
    renamed = key(1).model_copy(update={"name": "renamed"})
    store.put(renamed)
    assert store.get(renamed.id) == renamed
    with pytest.raises(Conflict, match=renamed.id):
        store.put(key(1), create=True)
    assert store.get(renamed.id) == renamed


@pytest.mark.parametrize("microsecond", [0, 1, 999, 1000, 999_999])
@pytest.mark.parametrize("is_read", [True, False], ids=["as it is kept", "as it was made"])
def test_a_key_made_at_any_moment_can_be_changed(store: KeyStore, microsecond: int, is_read: bool) -> None:
    made = key(1).model_copy(update={"created_at": NOW.replace(microsecond=microsecond)})
    store.put(made)
    known = store.get(made.id) if is_read else made
    assert known is not None
    store.change(KeyChange(record=record(made), replaced=(known, known.model_copy(update={"revoked_at": NOW}))))
    ended = store.get(made.id)
    assert ended is not None
    assert ended.revoked_at == NOW


def test_keys_are_listed_once_each_a_page_at_a_time(store: KeyStore) -> None:
    for number in range(5):
        store.put(key(number))
    first = store.list(2)
    second = store.list(2, first.cursor)
    third = store.list(2, second.cursor)
    names = [item.name for page in (first, second, third) for item in page.items]
    assert names == [f"key {number}" for number in range(5)]
    assert third.cursor is None


def test_a_cursor_that_was_not_made_here_is_refused(store: KeyStore) -> None:
    with pytest.raises(Rejected, match="cursor"):
        store.list(2, "\u00e9")


def test_a_change_keeps_the_key_and_its_record(store: KeyStore) -> None:
    made = key(1)
    store.change(KeyChange(record=record(made), created=made))
    assert store.get(made.id) == made
    assert store.audit(10).items == (record(made),)


def test_a_change_that_conflicts_leaves_neither_key_nor_record(store: KeyStore) -> None:
    made, other = key(1), key(1).model_copy(update={"name": "other"})
    store.change(KeyChange(record=record(made), created=made))
    with pytest.raises(Conflict, match=made.id):
        store.change(KeyChange(record=record(other, 1), created=other))
    assert store.get(made.id) == made
    assert len(store.audit(10).items) == 1


def test_a_key_that_moved_since_it_was_read_is_not_replaced(store: KeyStore) -> None:
    before = key(1)
    revoked = before.model_copy(update={"revoked_at": NOW})
    store.put(before)
    store.change(KeyChange(record=record(before), replaced=(before, revoked)))
    with pytest.raises(Conflict, match="someone else"):
        store.change(KeyChange(record=record(before, 1), created=key(2), replaced=(before, before)))
    assert (store.get(before.id), store.get(key(2).id)) == (revoked, None)


def test_audit_records_are_listed_newest_first_a_page_at_a_time(store: KeyStore) -> None:
    for minute in (1, 0, 2):
        store.change(KeyChange(record=record(key(minute), minute), created=key(minute)))
    first = store.audit(2)
    second = store.audit(2, first.cursor)
    minutes = [(item.at - NOW).seconds // 60 for item in (*first.items, *second.items)]
    assert minutes == [2, 1, 0]
    assert second.cursor is None


def test_ended_keys_and_old_records_are_left_to_the_table_to_forget(client: object) -> None:
    store = DynamoKeys(client, TABLE)
    ending = key(1).model_copy(update={"expires_at": NOW})
    store.put(key(2))
    store.change(KeyChange(record=record(ending), created=ending))
    items = client.scan(TableName=TABLE)["Items"]  # type: ignore[attr-defined]
    days = {
        item["sk"]["S"][:12]: (int(item["expires_at"]["N"]) - int(NOW.timestamp())) // 86_400
        for item in items
        if "expires_at" in item
    }
    assert days == {ending.id: 90, "2026-01-11T1": 400}


def test_a_record_written_in_another_way_can_be_changed(client: object) -> None:
    store, known = DynamoKeys(client, TABLE), key(1)
    item = {"pk": {"S": "keys"}, "sk": {"S": known.id}}
    text = known.model_dump_json().replace(":00Z", ":00.000Z")
    client.put_item(TableName=TABLE, Item=item | {"record": {"S": text}})  # type: ignore[attr-defined]
    store.change(KeyChange(record=record(known), replaced=(known, known.model_copy(update={"name": "renamed"}))))
    renamed = store.get(known.id)
    assert renamed is not None
    assert renamed.name == "renamed"


def test_what_cannot_be_read_is_named_and_the_rest_is_listed(client: object) -> None:
    store = DynamoKeys(client, TABLE)
    store.change(KeyChange(record=record(key(1)), created=key(1)))
    for pk, sk, text in [("keys", key(2).id, "{"), ("keys", key(3).id, '{"id": 3}'), ("audit", "2026", "")]:
        item = {"pk": {"S": pk}, "sk": {"S": sk}, "record": {"S": text}}
        client.put_item(TableName=TABLE, Item=item)  # type: ignore[attr-defined]
    listed, noted = store.list(10), store.audit(10)
    assert ([one.id for one in listed.items], listed.damaged) == ([key(1).id], (key(2).id, key(3).id))
    assert ([one.key_id for one in noted.items], noted.damaged) == ([key(1).id], ("2026",))
    with pytest.raises(Damaged, match=key(2).id):
        store.get(key(2).id)
    with pytest.raises(Damaged, match=key(3).id):
        store.change(KeyChange(record=record(key(3)), replaced=(key(3), key(3))))


def test_a_table_that_is_not_there_makes_the_store_unavailable(client: object) -> None:
    store = DynamoKeys(client, "elsewhere")
    for call in (lambda: store.get("x"), lambda: store.put(key(1)), lambda: store.list(1)):
        with pytest.raises(Unavailable, match="access table"):
            call()


def test_a_key_that_ends_with_the_calendar_is_kept_like_any_other(store: KeyStore) -> None:
    eternal = key(1).model_copy(update={"expires_at": datetime(9999, 12, 31, 23, 59, tzinfo=UTC)})
    store.put(eternal)
    assert store.get(eternal.id) == eternal


def test_an_id_longer_than_any_key_of_a_table_is_not_found(store: KeyStore) -> None:
    assert store.get("x" * 3_000) is None


def test_the_record_of_a_change_made_elsewhere_is_kept_once(store: KeyStore) -> None:
    at = datetime(2026, 1, 11, 10, 30, tzinfo=UTC)
    told = AuditRecord(at=at, actor="own-0", action="silence.created", subject="4d2f9a1c07be", detail="db-*")
    for _ in range(2):
        store.note(told)
    assert store.audit(10).items == (told,)
    assert "key_id" not in told.model_dump_json()
