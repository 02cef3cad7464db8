"""What every signal queue does, in memory and on SQS."""

import json
from typing import Any, Protocol

import pytest

from inframind.adapters.incidents.memory_signals import MemorySignals
from inframind.adapters.incidents.sqs_signals import SqsSignals
from inframind.errors import Unavailable
from inframind.ports.incidents import SignalQueue
from inframind.signals import Signal
from tests.conftest import Account
from tests.contracts.signals import signal


class Inspected(Protocol):
    """A queue, and what stands in it."""

    queue: SignalQueue

    def signals(self) -> list[Signal]: ...


class InMemory:
    def __init__(self, _account: Account) -> None:
        self.queue = MemorySignals()

    def signals(self) -> list[Signal]:
        return self.queue.sent


class OnSqs:
    def __init__(self, account: Account) -> None:
        self.client = account.client("sqs")
        self.url = account.environment["SIGNALS_QUEUE_URL"]
        self.queue = SqsSignals(self.client, self.url)

    def signals(self) -> list[Signal]:
        return [Signal.model_validate(one) for body in self.bodies() for one in body["signals"]]

    def bodies(self) -> list[dict[str, Any]]:
        found = []
        while messages := self.client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            found += [json.loads(message["Body"]) for message in messages]
        return found


@pytest.fixture(params=[InMemory, OnSqs])
def inspected(request: pytest.FixtureRequest, aws: Account) -> Inspected:
    made: Inspected = request.param(aws)
    return made


@pytest.mark.parametrize("count", [0, 1, 25, 600])
def test_every_signal_is_queued_once(inspected: Inspected, count: int) -> None:
    signals = [signal(f"condition {number}") for number in range(count)]
    inspected.queue.send(signals)
    assert sorted(inspected.signals(), key=str) == sorted(signals, key=str)


def test_signals_at_their_largest_are_queued_in_calls_that_sqs_takes(aws: Account) -> None:
    inspected, sizes = OnSqs(aws), list[int]()
    events = inspected.client.meta.events
    events.register("before-parameter-build.sqs.SendMessageBatch", lambda params, **_: sizes.append(size(params)))
    smile = "\U0001f600"  # four bytes each
    labels = {f"{smile * 58}{number:02}": smile * 120 for number in range(24)}
    largest: dict[str, Any] = {
        "title": smile * 200,
        "detail": smile * 1_000,
        "labels": labels,
        "evidence": {"url": smile * 1_000},
    }
    signals = [signal(f"condition {number}", **largest) for number in range(12)]
    inspected.queue.send(signals)
    assert sorted(inspected.signals(), key=str) == sorted(signals, key=str)
    assert max(sizes) <= 256 * 1024 < sum(sizes)


def size(call: dict[str, Any]) -> int:
    return sum(len(entry["MessageBody"].encode()) for entry in call["Entries"])


def test_signals_of_the_largest_size_are_queued(inspected: Inspected) -> None:
    signals = [signal(f"condition {number}", detail="ü" * 3_900) for number in range(25)]
    inspected.queue.send(signals)
    assert len(inspected.signals()) == 25


def test_of_a_storm_each_message_tells_of_few_services(aws: Account) -> None:
    on_sqs = OnSqs(aws)
    on_sqs.queue.send([signal(f"condition {n}", service=f"service-{n % 100:03}") for n in range(1_000)])
    services = [len({one["service"] for one in body["signals"]}) for body in on_sqs.bodies()]
    assert len(services) > 10
    assert sum(services) <= 100 + len(services)


def test_a_reminder_carries_when_it_is_due(aws: Account) -> None:
    on_sqs = OnSqs(aws)
    on_sqs.queue.remind(1_768_127_400_000, -3)
    assert on_sqs.bodies() == [{"look": 1_768_127_400_000}]


def test_a_reminder_waits(aws: Account) -> None:
    on_sqs = OnSqs(aws)
    on_sqs.queue.remind(1_768_127_400_000, 100_000)
    assert on_sqs.bodies() == []
    names = ["ApproximateNumberOfMessagesDelayed"]
    attributes = on_sqs.client.get_queue_attributes(QueueUrl=on_sqs.url, AttributeNames=names)["Attributes"]
    assert attributes == {names[0]: "1"}


class Refusing:
    """An SQS that refuses the first entry of a call, that many times."""

    def __init__(self, times: int) -> None:
        self.left, self.taken = times, 0

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        refused, self.left = min(self.left, 1), self.left - 1 if self.left else 0
        self.taken += len(Entries) - refused
        return {"Failed": [{"Id": Entries[0]["Id"], "Code": "InternalError"}]} if refused else {}


def test_an_entry_that_sqs_refuses_once_is_sent_again_alone() -> None:
    sqs = Refusing(1)
    SqsSignals(sqs, "url").send([signal(f"condition {number}", detail="x" * 20_000) for number in range(3)])
    assert sqs.taken == 3


def test_an_entry_that_sqs_refuses_twice_makes_the_queue_unavailable() -> None:
    with pytest.raises(Unavailable, match="refused 1 of 1"):
        SqsSignals(Refusing(2), "url").send([signal("condition")])


def test_a_queue_that_is_not_there_is_unavailable(aws: Account) -> None:
    with pytest.raises(Unavailable, match="The signals queue"):
        SqsSignals(aws.client("sqs"), "https://sqs.us-east-1.amazonaws.com/123456789012/elsewhere").send([signal("x")])


def test_word_of_new_calls_is_queued(aws: Account) -> None:
    on_sqs = OnSqs(aws)
    on_sqs.queue.regroup()
    assert on_sqs.bodies() == [{"regroup": True}]
