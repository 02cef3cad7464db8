from datetime import UTC, datetime

import pytest

from inframind import wiring
from inframind.adapters.platform.memory_keys import MemoryKeys
from inframind.errors import Forbidden, Unauthenticated, Unavailable
from inframind.http import access
from inframind.http.access import CACHE_SECONDS, CACHE_SIZE, Gate, token_of
from inframind.platform.keys import mint
from inframind.records import Role
from tests.conftest import Account

NOW = datetime(2026, 1, 11, tzinfo=UTC)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(access, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize(
    "headers",
    [{"authorization": "Bearer abc"}, {"authorization": "bearer  abc "}, {"x-api-key": "abc"}, {"x-im-token": "abc"}],
)
def test_a_token_is_taken_from_each_of_the_three_headers(headers: dict[str, str]) -> None:
    assert token_of(headers) == "abc"


@pytest.mark.parametrize("headers", [{}, {"authorization": "Basic abc"}, {"x-api-key": "x" * 513}])
def test_without_a_usable_token_nobody_is_admitted(headers: dict[str, str]) -> None:
    with pytest.raises(Unauthenticated, match="Bearer"):
        token_of(headers)


def test_a_key_is_admitted_where_its_role_reaches() -> None:
    store = MemoryKeys()
    key, token = mint("ci", Role.VIEWER, NOW)
    store.put(key)
    gate = Gate(store)
    assert gate.admit({"x-api-key": token}, Role.VIEWER) == key
    assert gate.admit({"x-api-key": token}, None) == key
    with pytest.raises(Forbidden):
        gate.admit({"x-api-key": token}, Role.ADMIN)


def test_a_key_made_after_it_was_refused_is_admitted_at_once() -> None:
    store = MemoryKeys()
    key, token = mint("ci", Role.VIEWER, NOW)
    gate = Gate(store)
    with pytest.raises(Unauthenticated):
        gate.admit({"x-api-key": token}, Role.VIEWER)
    store.put(key)
    assert gate.admit({"x-api-key": token}, Role.VIEWER) == key


def test_a_revoked_key_works_for_half_a_minute_in_a_warm_function_and_no_longer(clock: list[float]) -> None:
    store = MemoryKeys()
    key, token = mint("ci", Role.VIEWER, NOW)
    store.put(key)
    gate = Gate(store)
    gate.admit({"x-api-key": token}, Role.VIEWER)
    store.put(key.model_copy(update={"revoked_at": NOW}))
    clock[0] += CACHE_SECONDS - 1
    assert gate.admit({"x-api-key": token}, Role.VIEWER) == key
    clock[0] += 1
    with pytest.raises(Unauthenticated, match="revoked"):
        gate.admit({"x-api-key": token}, Role.VIEWER)


def test_what_the_gate_remembers_is_bounded() -> None:
    store = MemoryKeys()
    gate = Gate(store)
    for _ in range(CACHE_SIZE + 5):
        key, token = mint("many", Role.VIEWER, NOW)
        store.put(key)
        gate.admit({"x-api-key": token}, Role.VIEWER)
    assert len(gate._known) <= CACHE_SIZE


def test_whose_key_cannot_be_read_is_told_to_come_again_so_that_nothing_it_sends_is_dropped(aws: Account) -> None:
    key, token = mint("ci", Role.VIEWER, NOW)
    item = {"pk": {"S": "keys"}, "sk": {"S": key.id}, "record": {"S": "{"}}
    aws.client("dynamodb").put_item(TableName=aws.environment["ACCESS_TABLE"], Item=item)
    with pytest.raises(Unavailable, match=key.id):
        Gate(wiring.key_store()).admit({"x-api-key": token}, Role.VIEWER)
    assert wiring.counters().read()["records_damaged_total", (("kind", "key"),)] == 1
