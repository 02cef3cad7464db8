"""What every score queue does, in memory and on SQS."""

from collections.abc import Iterator
from typing import Any

import boto3
import numpy as np
import pytest
from moto import mock_aws

from inframind.adapters.detection.memory_score_queue import MemoryScoreQueue
from inframind.adapters.detection.sqs_score import SqsScoreQueue
from inframind.errors import Unavailable
from inframind.frames import BUNDLE_LIMIT, from_text, to_text


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        yield boto3.client("sqs", region_name="us-east-1")


@pytest.fixture
def url(sqs: Any) -> str:
    attributes = {"FifoQueue": "true", "DeduplicationScope": "messageGroup"}
    attributes["FifoThroughputLimit"] = "perMessageGroupId"
    return str(sqs.create_queue(QueueName="score.fifo", Attributes=attributes)["QueueUrl"])


@pytest.fixture(params=["memory", "sqs"])
def queue(request: pytest.FixtureRequest, sqs: Any, url: str) -> Any:
    return MemoryScoreQueue() if request.param == "memory" else SqsScoreQueue(sqs, url)


def received(queue: Any, sqs: Any, url: str) -> dict[int, list[bytes]]:
    """Everything queued, by shard, in order."""
    found: dict[int, list[bytes]] = {}
    if isinstance(queue, MemoryScoreQueue):
        for shard, data in queue.messages:
            found.setdefault(shard, []).append(data)
        return found
    while messages := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    ).get("Messages"):
        for message in messages:
            found.setdefault(int(message["Attributes"]["MessageGroupId"]), []).append(from_text(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_bundles_arrive_by_shard_and_in_order(queue: Any, sqs: Any, url: str) -> None:
    sent = {0: [bytes([n]) for n in range(23)], 3: [b"other"]}
    queue.send(sent)
    assert received(queue, sqs, url) == sent


def test_the_same_bundle_sent_again_is_one_message(queue: Any, sqs: Any, url: str) -> None:
    for _ in range(2):
        queue.send({1: [b"once"]})
    assert received(queue, sqs, url) == {1: [b"once"]}


def test_bundles_of_the_largest_size_all_arrive(queue: Any, sqs: Any, url: str) -> None:
    bundles = [np.random.default_rng(seed).bytes(BUNDLE_LIMIT) for seed in range(6)]  # more than a call takes
    queue.send({0: bundles})
    assert received(queue, sqs, url) == {0: bundles}


def test_nothing_to_send_sends_nothing(queue: Any, sqs: Any, url: str) -> None:
    queue.send({})
    assert received(queue, sqs, url) == {}


def test_a_queue_that_is_gone_is_unavailable(sqs: Any, url: str) -> None:
    with pytest.raises(Unavailable, match="score queue"):
        SqsScoreQueue(sqs, url + "x").send({0: [b"lost"]})


def test_a_message_that_the_queue_refuses_is_unavailable(sqs: Any, url: str) -> None:
    with pytest.raises(Unavailable, match="score queue"):
        SqsScoreQueue(sqs, url).send({0: [bytes(2_000_000)]})


def test_a_command_arrives_as_it_is_behind_the_samples_of_its_shard_and_once(queue: Any, sqs: Any, url: str) -> None:
    queue.send({2: [b"samples"]})
    for _ in range(2):
        queue.order({2: '{"order":"look"}', 3: '{"order":"look"}'})
    assert ordered(queue, sqs, url) == [(2, to_text(b"samples")), (2, '{"order":"look"}'), (3, '{"order":"look"}')]


def test_many_commands_of_a_shard_arrive_in_order_and_once(queue: Any, sqs: Any, url: str) -> None:
    commands = [(i % 2, f'{{"order":{i}}}') for i in range(25)]
    for _ in range(2):
        queue.order_all(commands)
    assert ordered(queue, sqs, url) == sorted(commands, key=lambda one: one[0])


def ordered(queue: Any, sqs: Any, url: str) -> list[tuple[int, str]]:
    """Shard and body of every message, in order within a shard."""
    if isinstance(queue, MemoryScoreQueue):
        return sorted(
            [(shard, to_text(data)) for shard, data in queue.messages] + queue.commands, key=lambda one: one[0]
        )
    found = []
    while messages := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    ).get("Messages"):
        for message in messages:
            found.append((int(message["Attributes"]["MessageGroupId"]), message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return sorted(found, key=lambda one: one[0])
