"""A backfill, from the call to the rows in the bank, on every adapter it passes."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from inframind import wiring
from inframind.detection.shard import Shard
from inframind.frames import Frame
from inframind.identity import shard_of
from inframind.platform.keys import keep
from inframind.ports.detection import AnomalyQuery
from inframind.records import Role, from_ms, to_ms
from inframind.settings import settings
from tests.conftest import Account, load_handler
from tests.detection.frames import MINUTE, flat, steady
from tests.functions.detection.world import ALL_WELL, body
from tests.functions.detection.world import event as messages
from tests.http_events import Answer, ask, event

VIEWER, OPERATOR = "a viewer's key", "an operator's key"
PATH = "/api/v1/detectors/backfill"
ROWS = 900  # fifteen hours of minutes: three slices, or four where they start beside the hour


@pytest.fixture
def start() -> int:
    """Fifteen hours and a little ago, on the minute."""
    now = to_ms(datetime.now(UTC))
    return now - now % MINUTE - (ROWS + 10) * MINUTE


@pytest.fixture
def handler(aws: Account) -> Iterator[Any]:
    for token, role in ((VIEWER, Role.VIEWER), (OPERATOR, Role.OPERATOR)):
        wiring.key_store().put(keep(token, token, role, datetime.now(UTC)))
    return load_handler("detection", "api").handler  # type: ignore[no-any-return]


def at(frame: Frame, start: int) -> Frame:
    """The frame with its first minute at another time."""
    return Frame(frame.resource, frame.series, start + np.arange(len(frame.times_ms)) * MINUTE, frame.values)


def stored(start: int, *resources: str) -> None:
    """Fifteen steady hours of each resource with a spike in them, at rest."""
    for one in resources:
        frame = at(steady(one, ROWS), start)
        frame.values[500:505] = 95.0
        assert not wiring.series_store().write([frame], datetime.now(UTC)).failed


def call(handler: Any, method: str, path: str, body: Any = None, *, key: str = OPERATOR, idem: str = "") -> Answer:
    request = event(method, path, key=key, body=body)
    if idem:
        request["headers"]["idempotency-key"] = idem
    return ask(handler, request)


def begin(handler: Any, start: int, *resources: str, idem: str = "", **more: Any) -> Answer:
    asked = {"resources": list(resources), "from": start, "to": start + ROWS * MINUTE} | more
    return call(handler, "POST", PATH, asked, idem=idem)


def taken(aws: Account) -> list[tuple[str, int]]:
    """Every message of the score queue with its shard, in order, taken out of it."""
    sqs, url, found = aws.client("sqs"), aws.environment["SCORE_QUEUE_URL"], []
    while more := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]).get(
        "Messages"
    ):
        for one in more:
            found.append((str(one["Body"]), int(one["Attributes"]["MessageGroupId"])))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    return found


def deliver(queued: Sequence[tuple[str, int]], times: int = 1) -> None:
    for one in queued:
        for _ in range(times):
            assert load_handler("detection", "scorer").handler(messages(one), None) == ALL_WELL


def bank_of(resource: str) -> Shard:
    data = wiring.banks().load(shard_of(resource, settings().shards)).data
    return Shard() if data is None else Shard.from_bytes(data)


def announced() -> list[Any]:
    return list(wiring.anomalies().list(AnomalyQuery(), 100).items)


def test_stored_series_are_learnt_and_the_operation_can_be_followed(handler: Any, aws: Account, start: int) -> None:
    stored(start, "web-1")
    begun = begin(handler, start, "web-1")
    assert (begun.status, begun.json["status"], begun.json["slices_done"]) == (202, "running", 0)
    where = begun.headers["location"]
    queued = taken(aws)
    assert len(queued) == begun.json["slices"] == 3
    deliver(queued[:1])
    assert call(handler, "GET", where, key=VIEWER).json["slices_done"] == 1
    deliver(queued[1:])
    done = call(handler, "GET", where, key=VIEWER).json
    assert (done["status"], done["slices_done"], done["slices_cut"]) == ("done", 3, 0)
    assert bank_of("web-1").bank.samples().tolist() == [float(ROWS)]
    assert announced() == []


def test_delivered_twice_it_leaves_the_same_world(handler: Any, aws: Account, start: int) -> None:
    stored(start, "web-1")
    begin(handler, start, "web-1")
    queued = taken(aws)
    deliver(queued)
    once = bank_of("web-1").to_bytes()
    deliver(queued, times=2)
    assert bank_of("web-1").to_bytes() == once


def test_several_slices_in_one_batch_do_what_one_by_one_does(handler: Any, aws: Account, start: int) -> None:
    stored(start, "web-1")
    begin(handler, start, "web-1")
    assert load_handler("detection", "scorer").handler(messages(*taken(aws)), None) == ALL_WELL
    assert bank_of("web-1").bank.samples().tolist() == [float(ROWS)]
    assert announced() == []


def test_live_samples_behind_a_backfill_are_judged_by_what_it_learnt(handler: Any, aws: Account, start: int) -> None:
    stored(start, "web-1")
    begin(handler, start, "web-1")
    deliver(taken(aws))
    spike = at(flat(95.0, rows=3), start + ROWS * MINUTE)
    deliver([(body(spike), shard_of("web-1", settings().shards))])
    assert [(one.resource_id, one.detected_at) for one in announced()] == [("web-1", from_ms(start + ROWS * MINUTE))]


def test_a_pattern_asks_for_every_resource_it_matches(handler: Any, aws: Account, start: int) -> None:
    stored(start, "db-1", "db-2", "web-1")
    begun = begin(handler, start, "db-*")
    assert (begun.json["resources"], begun.json["slices"]) == (["db-1", "db-2"], 6)
    deliver(taken(aws))
    assert bank_of("db-2").bank.samples().max() == ROWS
    assert call(handler, "GET", begun.headers["location"]).json["status"] == "done"


@pytest.mark.parametrize("resource", ["nowhere", "nowhere-*"])
def test_a_resource_that_has_sent_nothing_is_not_found(handler: Any, aws: Account, start: int, resource: str) -> None:
    stored(start, "web-1")
    answer = begin(handler, start, "web-1", resource)
    assert (answer.status, resource in answer.json["detail"]) == (404, True)
    assert taken(aws) == []


def test_a_huge_range_is_refused_before_anything_is_queued(handler: Any, aws: Account, start: int) -> None:
    stored(start, "web-1")
    answer = begin(handler, start, "web-1", **{"from": "1990-01-01T00:00:00Z"})
    assert (answer.status, answer.json["errors"][0]["where"]) == (422, "body")
    assert taken(aws) == []


def test_an_empty_range_is_refused(handler: Any, start: int) -> None:
    assert begin(handler, start, "web-1", to=start).status == 422
    assert begin(handler, start, "web-1", **{"from": "2999-01-01T00:00:00Z"}).status == 422


def test_the_same_idempotency_key_makes_one_backfill(handler: Any, aws: Account, start: int) -> None:
    stored(start, "web-1", "web-2")
    first, again = (begin(handler, start, "web-1", idem="k") for _ in range(2))
    assert first.json == again.json
    assert len(taken(aws)) == 3
    assert begin(handler, start, "web-2", idem="k").status == 409


def test_it_is_for_operators(handler: Any, start: int) -> None:
    asked = {"resources": ["web-1"], "from": start}
    assert call(handler, "POST", PATH, asked, key=VIEWER).status == 403


def test_a_backfill_that_nobody_began_is_not_found(handler: Any) -> None:
    assert call(handler, "GET", f"{PATH}/nothing").status == 404
