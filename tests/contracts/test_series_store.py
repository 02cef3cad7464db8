"""What every series store does, on memory and on DynamoDB; and what DynamoDB's does beyond."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import numpy as np
import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from inframind.adapters.series.dynamo_catalogue import DynamoCatalogue
from inframind.adapters.series.dynamo_frames import BATCH
from inframind.adapters.series.dynamo_names import REMEMBERED_BYTES, DynamoNames
from inframind.adapters.series.dynamo_series import DynamoSeries, Keeping
from inframind.adapters.series.memory_series import MemorySeries
from inframind.errors import Rejected, Unavailable
from inframind.frames import HOUR_MS, Frame
from inframind.ports.series import SeriesStore
from inframind.records import from_ms
from inframind.series.catalogue import REFRESH, Seen
from inframind.series.samples import samples

TABLE = "series"
NOON = datetime(2026, 1, 11, 12, tzinfo=UTC)
NOON_MS = int(NOON.timestamp() * 1000)
EVER = (from_ms(0), from_ms(NOON_MS * 2))
RETENTION = timedelta(days=30)


def make_table(client: Any) -> None:
    client.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        made = boto3.client("dynamodb", region_name="us-east-1")
        make_table(made)
        yield made


@pytest.fixture(params=["memory", "dynamo"])
def store(request: pytest.FixtureRequest, client: Any) -> SeriesStore:
    return MemorySeries() if request.param == "memory" else a_store(client)


def a_store(client: Any) -> DynamoSeries:
    return DynamoSeries(client, TABLE, Keeping(RETENTION), pause=lambda seconds: None)


def a_frame(
    *values: float, resource: str = "db-1", start_ms: int = NOON_MS, series: tuple[bytes, ...] = (b"up",)
) -> Frame:
    """One row every 15 s, every series with the row's value."""
    rows = np.repeat(np.array(values, np.float64)[:, None], len(series), axis=1)
    return Frame(resource, series, start_ms + 15_000 * np.arange(len(values), dtype=np.int64), rows)


def found(store: SeriesStore, resource: str = "db-1", key: bytes = b"up") -> dict[int, float]:
    """Every sample of one series: time -> value."""
    column = samples(store.read(resource, *EVER), lambda name: 0 if name == key else -1)
    return dict(zip(column.times_ms.tolist(), column.values.tolist(), strict=True))


def items(client: Any, prefix: str) -> list[dict[str, Any]]:
    return [item for item in client.scan(TableName=TABLE)["Items"] if item["sk"]["S"].startswith(prefix)]


def test_what_was_written_is_read_with_every_bit(store: SeriesStore) -> None:
    bits = np.array([[0x7FF0000000000002, 1 << 63], [0x7FF8DEADBEEF0001, 0]], np.uint64)
    series = (b"temperature\0room\0b", b"temperature\0room\0a")
    frame = Frame("db-1", series, np.array([NOON_MS, NOON_MS + 1]), bits.view(np.float64))
    assert store.write([frame], NOON).failed == {}
    [back] = store.read("db-1", *EVER)
    columns = [back.series.index(name) for name in series]
    assert back.values[:, columns].tobytes() == frame.values.tobytes()
    assert back.times_ms.tolist() == frame.times_ms.tolist()


def test_nothing_is_known_of_a_resource_that_never_sent(store: SeriesStore) -> None:
    assert list(store.read("nobody", *EVER)) == list(store.latest("nobody", 5)) == []
    assert list(store.hours("nobody", *EVER)) == []
    assert store.summary("nobody") is None


def test_nothing_is_known_of_a_name_longer_than_any_key_of_a_table(store: SeriesStore) -> None:
    long = "x" * 3_000
    assert list(store.read(long, *EVER)) == list(store.latest(long, 5)) == []
    assert list(store.hours(long, *EVER)) == []
    assert store.summary(long) is None


def test_the_range_is_half_open_and_finds_frames_that_began_before_it(store: SeriesStore) -> None:
    store.write([a_frame(1, 2, 3, 4)], NOON)
    assert len(store.read("db-1", from_ms(NOON_MS + 45_000), from_ms(NOON_MS + 46_000))) == 1
    assert len(store.read("db-1", from_ms(NOON_MS - 1), from_ms(NOON_MS))) == 0
    assert len(store.read("db-1", from_ms(NOON_MS + 45_001), from_ms(NOON_MS + 60_000))) == 0


def test_a_frame_without_samples_is_nothing(store: SeriesStore) -> None:
    assert store.write([Frame("db-1", (), np.empty(0, np.int64), np.empty((0, 0)))], NOON).failed == {}
    assert store.summary("db-1") is None


def test_the_same_frame_again_changes_nothing(store: SeriesStore) -> None:
    for _ in range(2):
        store.write([a_frame(1, 2), a_frame(1, 2)], NOON)
    assert len(store.read("db-1", *EVER)) == 1


def test_the_later_write_of_a_sample_wins_whichever_comes_first(store: SeriesStore) -> None:
    store.write([a_frame(7, 8)], NOON + timedelta(seconds=1))
    store.write([a_frame(1, 2, 3)], NOON)
    assert list(found(store).values()) == [7, 8, 3]


def test_each_resource_may_have_come_at_a_time_of_its_own(store: SeriesStore) -> None:
    store.write([a_frame(7)], NOON + timedelta(seconds=1))
    both = [a_frame(1), a_frame(1, resource="web")]
    store.write(both, {"db-1": NOON, "web": NOON + timedelta(hours=1)})
    assert list(found(store).values()) == [7]
    assert store.active(NOON + timedelta(minutes=30)) == ["web"]


def test_a_frame_across_midnight_is_found_from_both_sides(store: SeriesStore) -> None:
    midnight = NOON_MS + 12 * HOUR_MS
    store.write([a_frame(1, 2, 3, 4, start_ms=midnight - 30_000)], NOON)
    assert [frame.values.ravel().tolist() for hour in store.hours("db-1", *EVER) for frame in hour] == [
        [1, 2],
        [3, 4],
    ]
    assert len(store.read("db-1", from_ms(midnight), from_ms(midnight + 1))) == 1


def test_samples_from_before_1970_keep_their_order(store: SeriesStore) -> None:
    store.write([a_frame(1, 2, start_ms=-HOUR_MS - 5), a_frame(3, start_ms=5), a_frame(9, start_ms=-5)], NOON)
    hours = list(store.hours("db-1", from_ms(-2 * HOUR_MS), from_ms(HOUR_MS)))
    assert [int(frames[0].times_ms[0]) for frames in hours] == [-HOUR_MS - 5, -HOUR_MS + 14_995, 5]


def test_the_newest_hours_that_hold_enough_rows_are_returned(store: SeriesStore) -> None:
    for hour in range(5):
        store.write([a_frame(hour, hour, start_ms=NOON_MS + hour * HOUR_MS)], NOON)
    newest = store.latest("db-1", 3)
    assert sorted(int(frame.values[0, 0]) for frame in newest) == [3, 4]
    assert len(store.latest("db-1", 100)) == 5


def test_a_long_frame_that_began_first_may_end_last_and_is_not_missed(store: SeriesStore) -> None:
    store.write([a_frame(*range(100)), a_frame(5, start_ms=NOON_MS + 60_000)], NOON)
    assert max(int(frame.times_ms[-1]) for frame in store.latest("db-1", 1)) == NOON_MS + 99 * 15_000


@pytest.mark.parametrize(
    "resource", ["a/b/c", "datenbank-ä-数据库", "series#x", "catalogue#3", "x" * 512, "a b\tc", "é" * 256]
)
def test_a_resource_may_have_any_name(store: SeriesStore, resource: str) -> None:
    store.write([a_frame(4, resource=resource)], NOON)
    assert found(store, resource) == {NOON_MS: 4}
    summary = store.summary(resource)
    assert summary is not None
    assert [one.resource_id for one in store.resources(5).items] == [resource]


def test_the_catalogue_tells_first_last_and_metrics(store: SeriesStore) -> None:
    store.write([a_frame(1, 2, series=(b"up", b"load\0cpu\x000", b"load\0cpu\x001"))], NOON)
    store.write([a_frame(1, start_ms=NOON_MS - HOUR_MS, series=(b"temperature",))], NOON + timedelta(seconds=1))
    summary = store.summary("db-1")
    assert summary is not None
    assert (summary.first_seen, summary.last_seen) == (NOON - timedelta(hours=1), NOON + timedelta(seconds=15))
    assert summary.metrics == ("load", "temperature", "up")


def test_the_catalogue_pages_through_all_resources_by_name(store: SeriesStore) -> None:
    names = sorted(f"host-{number:02d}" for number in range(25))
    store.write([a_frame(1, resource=name, series=(name.encode(),)) for name in reversed(names)], NOON)
    listed: list[str] = []
    cursor = None
    for expected in (10, 10, 5):
        page = store.resources(10, cursor)
        assert all(one.metrics == (one.resource_id,) for one in page.items)
        assert len(page.items) == expected
        listed += [one.resource_id for one in page.items]
        cursor = page.cursor
    assert (listed, cursor) == (names, None)


def test_a_cursor_made_up_is_refused(store: SeriesStore) -> None:
    with pytest.raises(Rejected):
        store.resources(10, "ü")


def test_active_resources_are_those_of_which_something_arrived(store: SeriesStore) -> None:
    history = a_frame(1, resource="replayed", start_ms=0)
    store.write([a_frame(1, resource="gone")], NOON - timedelta(hours=1))
    store.write([a_frame(1, resource="here"), history], NOON)
    assert sorted(store.active(NOON - timedelta(minutes=10))) == ["here", "replayed"]


FRAMES = [
    (a_frame(*values, start_ms=NOON_MS + 15_000 * shift, series=series), NOON + timedelta(milliseconds=order))
    for order, (shift, values, series) in enumerate(
        [
            (0, (1, 2, 3), (b"up", b"load")),
            (2, (4, 5), (b"load",)),
            (1, (6,), (b"up", b"temperature")),
            (230, (7,) * 20, (b"up",)),
            (0, (8, 9), (b"load", b"up")),
        ]
    )
]


@given(st.permutations(FRAMES * 2), st.integers(1, 4))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("kind", ["memory", "dynamo"])
def test_any_order_of_arrival_and_duplicates_read_the_same(
    client: Any, kind: str, arrivals: list[tuple[Frame, datetime]], writers: int
) -> None:
    expected: dict[tuple[bytes, int], float] = {}
    for frame, _ in FRAMES:
        expected |= {
            (name, int(at)): frame.values[i, 0] for i, at in enumerate(frame.times_ms) for name in frame.series
        }
    if kind == "dynamo":
        client.delete_table(TableName=TABLE)
        make_table(client)
    instances = [MemorySeries()] if kind == "memory" else [a_store(client) for _ in range(writers)]
    for place, (frame, at) in enumerate(arrivals):
        instances[place % len(instances)].write([frame], at)
    reader = instances[0]
    back = {(key, at): v for key in (b"up", b"load", b"temperature") for at, v in found(reader, key=key).items()}
    assert back == expected


def test_names_are_stored_once_however_often_they_come(client: Any) -> None:
    store = a_store(client)
    series = tuple(f"metric_{number}\0cpu\0{number}".encode() for number in range(300))
    for minute in range(5):
        store.write([a_frame(minute, start_ms=NOON_MS + 60_000 * minute, series=series)], NOON)
    [page] = items(client, "names#")
    assert page["sk"]["S"] == "names#0000000000"
    assert "expires_at" not in page
    assert max(len(item["data"]["B"]) for item in items(client, "frame#")) < 300


def test_many_names_take_many_pages(client: Any) -> None:
    store = a_store(client)
    series = tuple(f"metric_{number}".encode() + b"x" * 200 for number in range(3_000))
    store.write([a_frame(1, series=series)], NOON)
    assert len(items(client, "names#")) == 3
    assert found(a_store(client), key=series[-1]) == {NOON_MS: 1}


def test_two_writers_who_meet_at_a_page_both_get_their_names_in(client: Any) -> None:
    first, second = DynamoNames(client, TABLE), DynamoNames(client, TABLE)
    for names in (first, second):
        names.of("db-1")
    first.add("db-1", [b"a", b"b"])
    second.add("db-1", [b"b", b"c"])
    fresh = DynamoNames(client, TABLE).of("db-1")
    assert fresh.names == second.of("db-1").names == [b"a", b"b", b"c"]
    assert first.reaching("db-1", 2).names == fresh.names


def test_a_reader_learns_names_that_came_after_it_first_read(client: Any) -> None:
    writer, reader = a_store(client), a_store(client)
    writer.write([a_frame(1)], NOON)
    assert found(reader) == {NOON_MS: 1}
    writer.write([a_frame(2, series=(b"new",))], NOON)
    assert found(reader, key=b"new") == {NOON_MS: 2}


def test_an_item_carries_its_expiry_counted_from_arrival(client: Any) -> None:
    a_store(client).write([a_frame(1, start_ms=0)], NOON)
    [item] = items(client, "frame#")
    assert int(item["expires_at"]["N"]) == int((NOON + RETENTION).timestamp())
    assert int(item["written"]["N"]) == NOON_MS


def test_a_frame_larger_than_an_item_is_split_and_read_whole(client: Any) -> None:
    noise = np.random.default_rng(1).normal(size=(60, 2_000))
    series = tuple(f"m{number}".encode() for number in range(2_000))
    frame = Frame("db-1", series, NOON_MS + 1_000 * np.arange(60, dtype=np.int64), noise)
    store = a_store(client)
    assert store.write([frame], NOON).failed == {}
    assert len(items(client, "frame#")) > 1
    column = samples(store.read("db-1", *EVER), {name: place for place, name in enumerate(series)}.__getitem__)
    assert column.values.reshape(2_000, 60).T.tobytes() == np.ascontiguousarray(noise).tobytes()


def test_more_frames_than_one_call_takes_are_all_written(client: Any) -> None:
    store = a_store(client)
    frames = [a_frame(number, resource=f"r{number}") for number in range(2 * BATCH + 3)]
    assert store.write(frames, NOON).failed == {}
    assert len(items(client, "frame#")) == 2 * BATCH + 3


def test_a_table_that_is_gone_fails_every_resource_and_says_so_to_readers(client: Any) -> None:
    store = DynamoSeries(client, "gone", Keeping(RETENTION), pause=lambda seconds: None)
    assert set(store.write([a_frame(1), a_frame(1, resource="db-2")], NOON).failed) == {"db-1", "db-2"}
    with pytest.raises(Unavailable):
        store.read("db-1", *EVER)
    with pytest.raises(Unavailable):
        store.resources(10)


def test_one_resource_that_cannot_be_stored_leaves_the_others_alone(client: Any) -> None:
    too_long = a_frame(1, resource="x" * 3_000)
    assert set(a_store(client).write([too_long, a_frame(2)], NOON).failed) == {"x" * 3_000}
    assert found(a_store(client)) == {NOON_MS: 2}


def test_a_damaged_item_is_named_and_never_read_as_something_else(client: Any) -> None:
    store = a_store(client)
    store.write([a_frame(1)], NOON)
    [item] = items(client, "frame#")
    item["data"] = {"B": item["data"]["B"][:-1] + b"!"}
    client.put_item(TableName=TABLE, Item=item)
    with pytest.raises(Unavailable, match=item["sk"]["S"]):
        store.read("db-1", *EVER)


def test_the_catalogue_is_written_when_there_is_news_and_not_every_time(client: Any) -> None:
    catalogue = DynamoCatalogue(client, TABLE, RETENTION)

    def kept() -> tuple[int, ...]:
        [item] = [one for one in items(client, "db-1") if "first" in one]
        return tuple(int(item[name]["N"]) for name in ("first", "last", "arrived"))

    late = REFRESH // timedelta(milliseconds=1)
    catalogue.note("db-1", Seen(100, 100, 1_000))
    catalogue.note("db-1", Seen(200, 300, 2_000))
    assert kept() == (100, 100, 1_000)
    catalogue.note("db-1", Seen(50, 300, 2_000))
    assert kept() == (50, 300, 2_000)
    catalogue.note("db-1", Seen(300, 301, 2_000 + late))
    assert kept() == (50, 301, 2_000 + late)


def test_an_instance_that_knows_less_never_takes_back_what_another_wrote(client: Any) -> None:
    one, other = DynamoCatalogue(client, TABLE, RETENTION), DynamoCatalogue(client, TABLE, RETENTION)
    other.note("db-1", Seen(500, 500, 500))
    one.note("db-1", Seen(100, 900_000, 900_000))
    other.note("db-1", Seen(400, 600_000, 600_000))
    summary = one.summary("db-1")
    assert summary is not None
    assert (summary.first_seen, summary.last_seen) == (from_ms(100), from_ms(900_000))


def fleet(size: int) -> list[Frame]:
    return [a_frame(1, 2, resource=f"node-{number:04d}", series=(b"up", b"load\0cpu\x000")) for number in range(size)]


def calls_of(client: Any) -> list[str]:
    calls: list[str] = []
    client.meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))
    return calls


def test_a_fleet_that_comes_all_at_once_is_entered_in_few_calls(client: Any) -> None:
    calls, store = calls_of(client), a_store(client)
    assert store.write(fleet(200), NOON).failed == {}
    assert len(calls) <= 2 + 4 + 8 + 2 + 2  # names read, names written, frames, catalogue read, catalogue written
    again = a_store(client)
    assert (
        found(again, "node-0000", b"load\0cpu\x000") == found(again, "node-0199") == {NOON_MS: 1, NOON_MS + 15_000: 2}
    )
    assert again.resources(500).items[199].metrics == ("load", "up")


def test_two_writers_that_meet_at_a_new_fleet_agree_on_its_names(client: Any) -> None:
    late = a_store(client)
    read = client.batch_get_item

    def overtaken(**request: Any) -> Any:
        answer = read(**request)
        client.batch_get_item = read
        other = [a_frame(7, resource=f"node-{number:04d}", series=(b"down", b"up")) for number in range(3)]
        assert a_store(client).write(other, NOON).failed == {}
        return answer

    client.batch_get_item = overtaken
    assert late.write(fleet(5), NOON + timedelta(seconds=1)).failed == {}
    for reader in (late, a_store(client)):
        assert found(reader, "node-0002", b"down") == {NOON_MS: 7}
        assert found(reader, "node-0002") == found(reader, "node-0004") == {NOON_MS: 1, NOON_MS + 15_000: 2}


def test_a_known_fleet_gets_its_new_names_in_a_fresh_writer(client: Any) -> None:
    a_store(client).write(fleet(3), NOON)
    a_store(client).write([a_frame(3, resource=f"node-{n:04d}", series=(b"disk",)) for n in range(3)], NOON)
    a_store(client).write([a_frame(4, resource=f"node-{n:04d}", series=(b"swap", b"up")) for n in range(3)], NOON)
    assert found(a_store(client), "node-0001", b"disk") == {NOON_MS: 3}
    assert found(a_store(client), "node-0001", b"swap") == {NOON_MS: 4}


@pytest.mark.parametrize("operation", ["batch_get_item", "transact_write_items"])
def test_where_nothing_can_be_done_together_each_resource_is_written_alone(client: Any, operation: str) -> None:
    def away(**_request: Any) -> Any:
        raise EndpointConnectionError(endpoint_url="http://dynamodb")

    setattr(client, operation, away)
    assert a_store(client).write(fleet(3), NOON).failed == {}
    assert found(a_store(client), "node-0002") == {NOON_MS: 1, NOON_MS + 15_000: 2}


@pytest.mark.parametrize("others", [0, 2])
def test_series_beyond_the_cap_of_a_resource_are_refused_and_the_others_stay(client: Any, others: int) -> None:
    store = DynamoSeries(client, TABLE, Keeping(RETENTION, series=3), pause=lambda seconds: None)
    fleet = [a_frame(1, resource=f"other-{number}") for number in range(others)]
    endless = tuple(b"up\0request\0%d" % number for number in range(5))
    written = store.write([a_frame(1, series=endless[:2]), *fleet], NOON)
    assert (written.failed, written.refused) == ({}, {})
    written = store.write([a_frame(1, 2, series=endless), *fleet], NOON)
    assert (written.failed, written.refused) == ({}, {"db-1": {*endless[3:]}})
    for name in endless:
        assert len(found(store, key=name)) == (0 if name in endless[3:] else 2)
    assert len(DynamoNames(client, TABLE).of("db-1").names) == 3
    assert a_store(client).write([a_frame(1, series=(endless[4],))], NOON).refused == {}


def test_a_new_resource_begins_no_larger_than_its_cap(client: Any) -> None:
    store = DynamoSeries(client, TABLE, Keeping(RETENTION, series=2), pause=lambda seconds: None)
    fleet = [a_frame(1, resource=name, series=(b"a", b"b", b"c")) for name in ("db-1", "db-2", "db-3")]
    assert store.write(fleet, NOON).refused == {frame.resource: {b"c"} for frame in fleet}
    summary = store.summary("db-1")
    assert summary is not None
    assert summary.metrics == ("a", "b")


def test_two_writers_together_keep_the_cap(client: Any) -> None:
    first, second = DynamoNames(client, TABLE, 3), DynamoNames(client, TABLE, 3)
    first.of("db-1"), second.of("db-1")
    first.add("db-1", [b"a", b"b"])
    second.add("db-1", [b"c", b"d", b"e"])
    assert second.of("db-1").names == [b"a", b"b", b"c"]


def test_what_is_remembered_of_names_is_bounded_in_bytes(client: Any) -> None:
    names = DynamoNames(client, TABLE)
    for number in range(4):
        dictionary = names.of(f"db-{number}")
        dictionary.size = REMEMBERED_BYTES
        names.meet([])
    assert names.remembered == ["db-3"]
