"""Tests of the decorator of every handler."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from inframind import entry
from inframind.entry import Message
from inframind.errors import Malformed, Unavailable


def sqs_event(*ids: str) -> entry.Event:
    return {
        "Records": [
            {"messageId": one, "body": f"body of {one}", "attributes": {"ApproximateReceiveCount": "2"}} for one in ids
        ]
    }


def failing(error: Exception) -> Callable[[Sequence[Message]], set[str]]:
    def consume(_messages: Sequence[Message]) -> set[str]:
        raise error

    return consume


def test_a_batch_reports_only_the_messages_to_try_again() -> None:
    handler = entry.batch("series")(lambda messages: {messages[1].id})
    assert handler(sqs_event("a", "b"), None) == {"batchItemFailures": [{"itemIdentifier": "b"}]}


def test_a_message_carries_its_group_and_how_often_it_came() -> None:
    seen: list[Message] = []
    event = sqs_event("a")
    event["Records"][0]["attributes"]["MessageGroupId"] = "3"

    def consume(messages: Sequence[Message]) -> set[str]:
        seen.extend(messages)
        return set()

    entry.batch("series")(consume)(event, None)
    assert seen == [Message("a", "body of a", "3", 2)]


@pytest.mark.parametrize("error", [Unavailable("the table is away"), ZeroDivisionError()])
def test_a_batch_that_could_not_be_done_comes_again_whole(error: Exception) -> None:
    handler = entry.batch("series")(failing(error))
    assert handler(sqs_event("a", "b"), None) == {
        "batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "b"}]
    }


def test_a_batch_that_will_be_wrong_tomorrow_is_acknowledged() -> None:
    assert entry.batch("series")(failing(Malformed("not a frame")))(sqs_event("a"), None) == {"batchItemFailures": []}


@pytest.mark.parametrize(("error", "left"), [(ZeroDivisionError(), ["b"]), (Malformed("not a frame"), [])])
def test_a_message_nobody_can_consume_does_not_take_its_neighbours_with_it(error: Exception, left: list[str]) -> None:
    done: list[str] = []

    def consume(messages: Sequence[Message]) -> set[str]:
        if any(message.id == "b" for message in messages):
            raise error
        done.extend(message.id for message in messages)
        return set()

    answer = entry.batch("series")(consume)(sqs_event("a", "b", "c"), None)
    assert [one["itemIdentifier"] for one in answer["batchItemFailures"]] == left
    assert done == ["a", "c"]


def test_behind_a_message_nobody_can_consume_its_group_waits() -> None:
    event = sqs_event("a", "b", "c", "d")
    for record, group in zip(event["Records"], "1121", strict=True):
        record["attributes"]["MessageGroupId"] = group

    def consume(messages: Sequence[Message]) -> set[str]:
        assert all(message.id != "b" for message in messages)
        return set()

    answer = entry.batch("series")(consume)(event, None)
    assert [one["itemIdentifier"] for one in answer["batchItemFailures"]] == ["b", "d"]


def test_what_there_is_no_time_left_for_one_by_one_comes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "ALONE_S", -1.0)
    consumed: list[int] = []

    @entry.batch("test")
    def consume(messages: Sequence[Message]) -> set[str]:
        consumed.append(len(messages))
        raise ValueError

    assert consume(sqs_event("a", "b"), None) == {"batchItemFailures": [{"itemIdentifier": one} for one in ("a", "b")]}
    assert consumed == [2]


def test_a_schedule_answers_with_its_counts() -> None:
    assert entry.schedule("risk")(lambda _event: {"assessed": 3})({}, None) == {"assessed": 3}


@pytest.mark.parametrize("error", [Unavailable("the table is away"), ZeroDivisionError()])
def test_a_schedule_that_fails_raises_so_that_the_platform_retries_and_alarms(error: Exception) -> None:
    def run(_event: entry.Event) -> dict[str, Any]:
        raise error

    with pytest.raises(type(error)):
        entry.schedule("risk")(run)({}, None)


def test_what_went_wrong_is_logged_once_a_bug_as_an_error(caplog: pytest.LogCaptureFixture) -> None:
    log, said = entry.logger("series"), ("shard failed", "shard will be tried again")
    outcomes = [entry.attempt(lambda: 1), entry.attempt(lambda: 1 / 0), Unavailable("the table is away")]
    assert [entry.went_wrong(one, log, said, shard=3) for one in outcomes] == [False, True, True]
    bug, error = [vars(record) for record in caplog.records]
    assert (bug["levelname"], bug["msg"], bug["shard"], bug["exc_info"][0]) == ("ERROR", said[0], 3, ZeroDivisionError)
    assert (error["levelname"], error["msg"], error["shard"]) == ("WARNING", said[1], 3)
    assert error["reason"] == "the table is away"
    assert {bug["filename"], error["filename"]} == {"test_entry.py"}
