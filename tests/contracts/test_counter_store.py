"""What every counter store does, on memory and on DynamoDB; and what one request costs on DynamoDB."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from inframind.adapters.platform.dynamo_counters import SLOTS, DynamoCounters
from inframind.adapters.platform.memory_counters import MemoryCounters
from inframind.errors import Unavailable
from inframind.http.counting import BUCKETS_S, request_counts
from inframind.ports.paging import CounterKey
from inframind.ports.platform import CounterStore
from tests.http_events import event

TABLE = "counters"
GET = (("method", "GET"), ("path", "/api/v1/metrics/{proxy+}"))
INGESTED: CounterKey = ("metrics_ingested_total", ())


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        made = boto3.client(
            "dynamodb", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
        )
        made.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
        yield made


@pytest.fixture(params=["memory", "dynamo"])
def store(request: pytest.FixtureRequest, client: Any) -> CounterStore:
    return MemoryCounters() if request.param == "memory" else DynamoCounters(client, TABLE)


def route(key: str) -> dict[str, Any]:
    return event(*key.split(), route=key)


def test_nothing_counted_reads_as_nothing(store: CounterStore) -> None:
    assert dict(store.read()) == {}


def test_counts_add_up_with_their_labels(store: CounterStore) -> None:
    severe: CounterKey = ("anomalies_found_total", (("severity", "high"),))
    requests: CounterKey = ("http_requests_total", (*GET, ("status", "200")))
    store.add({INGESTED: 20.0, severe: 1.0, requests: 1.0})
    store.add({INGESTED: 5.0, requests: 1.0})
    assert dict(store.read()) == {INGESTED: 25.0, severe: 1.0, requests: 2.0}


def test_what_was_counted_of_one_pipeline_is_forgotten_and_nothing_else(store: CounterStore, client: Any) -> None:
    shop, web = (("pipeline_builds_total", (("pipeline", name),)) for name in ("team/shop", "team/shop 2"))
    store.add({shop: 1.0, web: 1.0, INGESTED: 1.0})
    if isinstance(store, DynamoCounters):
        for slot in range(SLOTS):
            DynamoCounters(client, TABLE, slot).add({shop: 1.0})
    for _ in range(2):
        store.forget("team/shop")
    assert dict(store.read()) == {web: 1.0, INGESTED: 1.0}


def test_seconds_add_up_to_the_microsecond(store: CounterStore) -> None:
    seconds: CounterKey = ("http_request_duration_seconds_sum", GET)
    for _ in range(10):
        store.add({seconds: 0.1000004})
    assert store.read()[seconds] == pytest.approx(1.0, abs=1e-5)


def test_every_count_of_a_request_reads_back_under_its_own_name(store: CounterStore) -> None:
    counts = request_counts(route("GET /api/v1/metrics/{proxy+}"), 200, 0.02)
    store.add(counts)
    assert dict(store.read()) == counts


def test_counts_of_several_routes_and_of_none_can_be_added_at_once(store: CounterStore) -> None:
    counts = request_counts(route("GET /a"), 200, 0.02) | request_counts(route("POST /b"), 503, 7.0) | {INGESTED: 3.0}
    store.add(counts)
    assert dict(store.read()) == counts


def test_counts_of_pipelines_have_any_name_and_take_one_write_with_others(store: CounterStore, client: Any) -> None:
    counts: dict[CounterKey, float] = {INGESTED: 1.0, ("builds_total", (("outcome", "success"),)): 1.0}
    for name in ("team/shop", "a|b=c @ GET /x %7C", "ü" * 256):
        counts |= {("pipeline_builds_total", (("pipeline", name),)): 1.0}
    store.add(counts)
    assert dict(store.read()) == counts
    if isinstance(store, DynamoCounters):
        assert len(client.scan(TableName=TABLE)["Items"]) == 3


def test_slots_are_summed_when_read(client: Any) -> None:
    for slot in range(SLOTS):
        DynamoCounters(client, TABLE, slot).add({INGESTED: 1.0})
    assert DynamoCounters(client, TABLE).read() == {INGESTED: float(SLOTS)}


def test_instances_that_began_together_lose_nothing_of_each_other(client: Any) -> None:
    """One after the other: the mock of DynamoDB itself loses counts when threads meet, which DynamoDB does not."""
    stores = [DynamoCounters(client, TABLE, slot % 2) for slot in range(8)]
    for _ in range(8):
        for store in stores:
            store.add({INGESTED: 1.0})
    assert DynamoCounters(client, TABLE).read() == {INGESTED: 64.0}


def test_one_request_costs_one_write_of_one_unit(client: Any) -> None:
    store = DynamoCounters(client, TABLE, 0)
    for seconds in (*BUCKETS_S, 20.0):
        for status in (200, 202, 204, 400, 401, 403, 404, 413, 415, 422, 500, 503):
            counts = request_counts(route("GET /api/v1/sla/{resource_id}/risk"), status, seconds / 1.0000001)
            store.add(counts | {INGESTED: 12_345.0, ("sla_risk_checks_total", ()): 1.0})
    items = client.scan(TableName=TABLE)["Items"]
    sizes = [sum(len(name) + _size(value) for name, value in item.items()) for item in items]
    assert len(sizes) == 1
    assert sizes[0] < 1024


def test_a_table_that_is_not_there_makes_the_store_unavailable(client: Any) -> None:
    store = DynamoCounters(client, "elsewhere")
    with pytest.raises(Unavailable, match="counters table"):
        store.add({INGESTED: 1.0})
    with pytest.raises(Unavailable, match="counters table"):
        store.read()


def _size(value: dict[str, str]) -> int:
    """The bytes DynamoDB bills: UTF-8 text, or about one byte per two digits of a number and one more."""
    text = next(iter(value.values()))
    return len(text.encode()) if "S" in value else (len(text) + 1) // 2 + 1
