"""The writer stores everything once, whatever arrives twice, damaged or while something is down."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from inframind import wiring
from inframind.frames import Frame, bundle, decode, encode, from_text, to_text, unbundle
from inframind.identity import content_id, shard_of
from inframind.records import from_ms
from inframind.settings import settings
from inframind.topology.call_graph import CallGraph
from tests.conftest import Account, forget, load_handler
from tests.series.builders import NOON_MS, a_frame, cells

SENT_MS = NOON_MS + 100_000
ALL_WELL: dict[str, Any] = {"batchItemFailures": []}


@pytest.fixture
def handler(aws: Account) -> Any:
    return load_handler("ingestion", "writer").handler


def message(name: str, *packed: Frame | bytes, sent_ms: int = SENT_MS, times: int = 1) -> dict[str, Any]:
    frames = [one if isinstance(one, bytes) else encode(one) for one in packed]
    return {
        "messageId": name,
        "body": to_text(bundle(frames)[0]),
        "attributes": {"SentTimestamp": str(sent_ms), "ApproximateReceiveCount": str(times)},
    }


def event(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"Records": list(messages)}


def stored(resource: str = "db-1") -> dict[tuple[bytes, int], int]:
    return cells(list(wiring.series_store().read(resource, from_ms(0), from_ms(2 * NOON_MS))))


def items(aws: Account) -> list[str]:
    found = aws.client("dynamodb").scan(TableName=settings().series_table)["Items"]
    return sorted(json.dumps(item, default=repr, sort_keys=True) for item in found)


def scored(aws: Account) -> list[tuple[int, Frame]]:
    """What waits for the scorer: (shard, frame)."""
    answer = aws.client("sqs").receive_message(
        QueueUrl=settings().score_queue_url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["MessageGroupId"]
    )
    return [
        (int(one["Attributes"]["MessageGroupId"]), decode(packed))
        for one in answer.get("Messages", [])
        for packed in unbundle(from_text(one["Body"]))
    ]


def set_aside(aws: Account) -> list[str]:
    found = aws.client("s3").list_objects_v2(Bucket=settings().bank_bucket).get("Contents", [])
    return [entry["Key"] for entry in found]


def count(name: str) -> float:
    return wiring.counters().read().get((name, ()), 0.0)


SCRAPES = [a_frame({15 * n: {b"up": 1.0, b"load\0cpu\x000": n / 2}}) for n in range(4)]
EVENT = event(
    message("m1", SCRAPES[0], a_frame({0: {b"up": 1.0}}, "web")), *(message(f"s{n}", SCRAPES[n]) for n in (1, 2, 3))
)


def test_scrapes_of_one_batch_become_one_item_and_go_on_to_their_shard(handler: Any, aws: Account) -> None:
    assert handler(EVENT, None) == ALL_WELL
    assert stored() == cells(SCRAPES)
    assert sum('"frame#' in item for item in items(aws)) == 2
    queued = scored(aws)
    assert {frame.resource: shard for shard, frame in queued} == {
        name: shard_of(name, settings().shards) for name in ("db-1", "web")
    }
    assert cells([frame for _, frame in queued if frame.resource == "db-1"]) == cells(SCRAPES)
    assert count("samples_stored_total") == 9


def test_an_event_delivered_twice_changes_nothing(handler: Any, aws: Account) -> None:
    handler(EVENT, None)
    once = items(aws)
    queued = len(scored(aws))
    assert handler(EVENT, None) == ALL_WELL
    assert items(aws) == once
    assert (queued, scored(aws)) == (2, [])


def test_a_batch_delivered_again_in_other_company_reads_the_same(handler: Any) -> None:
    handler(event(message("m1", SCRAPES[0]), message("m2", SCRAPES[1])), None)
    handler(event(message("m2", SCRAPES[1], times=2), message("m3", SCRAPES[2])), None)
    assert stored() == cells(SCRAPES[:3])


def test_a_correction_is_not_undone_by_what_it_corrected_coming_again(handler: Any) -> None:
    wrong, right = a_frame({0: {b"up": 0.0}}), a_frame({0: {b"up": 1.0}})
    handler(event(message("m1", wrong)), None)
    handler(event(message("m2", right, sent_ms=SENT_MS + 60_000)), None)
    handler(event(message("m1", wrong, times=2), message("m3", SCRAPES[3], sent_ms=SENT_MS + 180_000)), None)
    assert stored()[b"up", NOON_MS] == cells([right])[b"up", NOON_MS]


def test_nor_beside_what_another_resource_sent_later_and_comes_again_too(handler: Any) -> None:
    wrong, right = a_frame({0: {b"up": 0.0}}), a_frame({0: {b"up": 1.0}})
    handler(event(message("m1", wrong)), None)
    handler(event(message("m2", right, sent_ms=SENT_MS + 60_000)), None)
    of_another = message("m3", a_frame({0: {b"up": 1.0}}, "web"), sent_ms=SENT_MS + 180_000, times=2)
    handler(event(message("m1", wrong, times=2), of_another), None)
    assert stored() == cells([right])


def test_the_value_sent_last_wins_within_a_batch(handler: Any) -> None:
    early, late = (
        message(name, a_frame({0: {b"up": value}}), sent_ms=at) for name, value, at in (("a", 1.0, 5), ("b", 2.0, 9))
    )
    handler(event(late, early), None)
    assert stored() == cells([a_frame({0: {b"up": 2.0}})])


def test_a_damaged_frame_is_set_aside_with_its_reason_and_the_others_pass(handler: Any, aws: Account) -> None:
    bad = encode(SCRAPES[0])[:-3]
    assert handler(event(message("m1", bad, SCRAPES[1])), None) == ALL_WELL
    assert stored() == cells([SCRAPES[1]])
    assert set_aside(aws) == [f"quarantine/{content_id([bad])}"]
    kept = aws.client("s3").get_object(Bucket=settings().bank_bucket, Key=set_aside(aws)[0])
    assert (kept["Body"].read(), kept["Metadata"]["reason"]) == (bad, "frame damaged: checksum differs")
    assert count("frames_set_aside_total") == 1


def test_a_message_that_cannot_be_read_is_set_aside_and_acknowledged(handler: Any, aws: Account) -> None:
    nonsense = {"messageId": "m1", "body": "no bundle", "attributes": {}}
    assert handler(event(nonsense, message("m2", SCRAPES[0])), None) == ALL_WELL
    assert len(set_aside(aws)) == 1
    assert stored() == cells([SCRAPES[0]])


def test_where_it_cannot_be_set_aside_the_message_comes_again_and_its_good_frames_are_stored(
    handler: Any, aws: Account
) -> None:
    aws.client("s3").delete_bucket(Bucket=settings().bank_bucket)
    answer = handler(event(message("m1", b"junk", SCRAPES[0]), message("m2", SCRAPES[1])), None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert stored() == cells(SCRAPES[:2])


def test_a_resource_that_cannot_be_stored_fails_exactly_the_messages_it_came_with(handler: Any, aws: Account) -> None:
    refused = a_frame({0: {b"up": 1.0}}, "x" * 3_000)  # longer than a key of the table
    batch = event(message("m1", refused, SCRAPES[0]), message("m2", SCRAPES[1]), message("m3", refused))
    assert handler(batch, None) == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m3"}]}
    assert stored() == cells(SCRAPES[:2])
    assert {frame.resource for _, frame in scored(aws)} == {"db-1"}
    assert count("samples_stored_total") == 2


def test_while_the_table_is_gone_everything_comes_again_and_nothing_is_scored(handler: Any, aws: Account) -> None:
    aws.client("dynamodb").delete_table(TableName=settings().series_table)
    assert len(handler(EVENT, None)["batchItemFailures"]) == 4
    assert scored(aws) == []
    assert count("samples_stored_total") == 0


def test_while_the_score_queue_is_gone_everything_is_stored_and_comes_again(handler: Any, aws: Account) -> None:
    aws.client("sqs").delete_queue(QueueUrl=settings().score_queue_url)
    assert len(handler(EVENT, None)["batchItemFailures"]) == 4
    assert stored() == cells(SCRAPES)


def test_samples_that_cannot_be_counted_are_stored_all_the_same(handler: Any, aws: Account) -> None:
    aws.client("dynamodb").delete_table(TableName=settings().counters_table)
    assert handler(EVENT, None) == ALL_WELL
    assert stored() == cells(SCRAPES)


def test_a_message_without_a_time_of_sending_counts_as_sent_now(handler: Any) -> None:
    before = datetime.now(UTC)
    handler(event({"messageId": "m1", "body": to_text(bundle([encode(SCRAPES[0])])[0])}), None)
    assert stored() == cells([SCRAPES[0]])
    assert wiring.series_store().active(before) == ["db-1"]


def test_what_there_is_no_time_for_comes_again_and_what_is_stored_does_not(
    aws: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = load_handler("ingestion", "writer")
    now = iter([0.0, 0.0, 100.0])  # the start, and a look at the clock before each portion
    monkeypatch.setattr(writer, "monotonic", lambda: next(now))
    old, new = (
        a_frame({hour * 3_600: {b"up": float(hour)} for hour in range(at, at + 1_200)}) for at in (-1_300, -3_000)
    )
    batch = event(message("later", new, sent_ms=SENT_MS + 1), message("first", old))
    assert writer.handler(batch, None) == {"batchItemFailures": [{"itemIdentifier": "later"}]}
    assert stored() == cells([old])
    assert count("samples_stored_total") == 1_200


def test_series_beyond_the_cap_are_neither_stored_nor_scored_and_the_message_is_done(
    handler: Any, aws: Account, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MAX_SERIES_PER_RESOURCE", "2")
    forget()
    endless = a_frame({0: {b"up\0request\0%d" % number: 1.0 for number in range(5)}})
    good = a_frame({0: {b"up": 1.0}}, "web")
    assert handler(event(message("m1", endless, good), message("m2", endless)), None) == ALL_WELL
    assert set(stored()) == {(b"up\0request\0%d" % number, NOON_MS) for number in range(2)}
    assert len(stored("web")) == 1
    assert sorted(len(frame.series) for _, frame in scored(aws)) == [1, 2]
    assert (count("series_refused_total"), count("samples_stored_total")) == (3, 5)
    lines = [record for record in caplog.records if record.getMessage() == "series refused"]
    assert [(line.levelname, line.__dict__["resources"]) for line in lines] == [("WARNING", {"db-1": 3})]


GRAPH = b"traces_service_graph_request_total\0client\0web\0server\0auth"
CLIENT = b"http_client_requests\0server_address\0db-1.prod:5432"


def known_calls() -> set[tuple[str, str]]:
    data = wiring.calls().load().data
    return set(CallGraph.from_bytes(data).seen) if data else set()


def words_to_the_correlator(aws: Account) -> list[str]:
    answer = aws.client("sqs").receive_message(QueueUrl=settings().signals_queue_url, MaxNumberOfMessages=10)
    return [one["Body"] for one in answer.get("Messages", [])]


def test_calls_between_services_are_learnt_once_and_the_correlator_is_told(handler: Any, aws: Account) -> None:
    calling = event(message("m1", a_frame({0: {GRAPH: 1.0}}, "tempo")))
    for _ in range(2):
        assert handler(calling, None) == ALL_WELL
    assert known_calls() == {("web", "auth")}
    assert words_to_the_correlator(aws) == ['{"regroup": true}']
    assert load_handler("ingestion", "writer").handler(calling, None) == ALL_WELL
    assert wiring.calls().load().version == 1
    assert words_to_the_correlator(aws) == []


def test_an_address_is_a_call_where_there_is_such_a_service(handler: Any, aws: Account) -> None:
    calling = event(message("m1", a_frame({0: {CLIENT: 1.0}}, "web")))
    assert handler(calling, None) == ALL_WELL
    assert known_calls() == set()
    handler(event(message("m2", a_frame({0: {b"up": 1.0}}))), None)
    assert load_handler("ingestion", "writer").handler(calling, None) == ALL_WELL
    assert known_calls() == {("web", "db-1")}


@pytest.mark.parametrize("setting", ["SIGNALS_QUEUE_URL", "INCIDENTS_TABLE"])
def test_samples_are_stored_though_calls_cannot_be_learnt_and_they_are_learnt_afterwards(
    handler: Any, aws: Account, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    right = aws.environment[setting]
    monkeypatch.setenv(setting, right + "-elsewhere")
    forget()
    assert handler(event(message("m1", a_frame({0: {GRAPH: 1.0}}, "tempo"))), None) == ALL_WELL
    assert stored("tempo") == {(GRAPH, NOON_MS): stored("tempo")[(GRAPH, NOON_MS)]}
    monkeypatch.setenv(setting, right)
    forget()
    assert handler(event(message("m2", a_frame({15: {GRAPH: 1.0}}, "tempo"))), None) == ALL_WELL
    assert known_calls() == {("web", "auth")}
    assert words_to_the_correlator(aws) == ['{"regroup": true}']


def test_a_graph_that_cannot_be_read_is_begun_anew(handler: Any) -> None:
    wiring.calls().save(b"no graph", 0)
    assert handler(event(message("m1", a_frame({0: {GRAPH: 1.0}}, "tempo"))), None) == ALL_WELL
    assert known_calls() == {("web", "auth")}
    assert count("samples_stored_total") == 1
