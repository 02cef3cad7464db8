"""What every log queue does, in memory and on SQS."""

import json
from typing import Protocol

import pytest

from inframind.adapters.ingestion.memory_logs import MemoryLogQueue
from inframind.adapters.ingestion.sqs_logs import SqsLogs
from inframind.errors import Unavailable
from inframind.frames import from_text
from inframind.ports.ingestion import LogQueue
from tests.conftest import Account


class Inspected(Protocol):
    """A queue, and what stands in it."""

    queue: LogQueue

    def packages(self) -> list[bytes]: ...


class InMemory:
    def __init__(self, _account: Account) -> None:
        self.queue = MemoryLogQueue()

    def packages(self) -> list[bytes]:
        return self.queue.sent


class OnSqs:
    def __init__(self, account: Account) -> None:
        self.client = account.client("sqs")
        self.url = account.environment["LOGS_QUEUE_URL"]
        self.queue = SqsLogs(self.client, self.url)

    def packages(self) -> list[bytes]:
        return [from_text(body) for body in self.bodies()]

    def bodies(self) -> list[str]:
        found: list[str] = []
        while messages := self.client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            found += [message["Body"] for message in messages]
        return found


@pytest.fixture(params=[InMemory, OnSqs])
def inspected(request: pytest.FixtureRequest, aws: Account) -> Inspected:
    made: Inspected = request.param(aws)
    return made


@pytest.mark.parametrize("count", [0, 1, 25])
def test_every_package_is_queued_once(inspected: Inspected, count: int) -> None:
    packages = [b"%d" % number * 20_000 for number in range(count)]
    inspected.queue.send(packages)
    assert sorted(inspected.packages()) == sorted(packages)


def test_a_reminder_names_its_shard_and_its_time(aws: Account) -> None:
    queue = OnSqs(aws)
    queue.queue.remind(3, 1_700_000_000_000, 0)
    assert [json.loads(body) for body in queue.bodies()] == [{"look": 3, "due": 1_700_000_000_000}]


@pytest.mark.parametrize("delay", [-5, 100_000])
def test_a_delay_that_sqs_does_not_know_is_the_nearest_it_knows(inspected: Inspected, delay: int) -> None:
    inspected.queue.remind(0, 0, delay)


def test_a_queue_that_is_not_there_is_unavailable(aws: Account) -> None:
    queue = SqsLogs(aws.client("sqs"), aws.environment["LOGS_QUEUE_URL"] + "-not")
    with pytest.raises(Unavailable, match="logs queue"):
        queue.send([b"x"])
    with pytest.raises(Unavailable, match="logs queue"):
        queue.remind(0, 0, 0)
