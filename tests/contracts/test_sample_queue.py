"""What every sample queue does, in memory and on SQS."""

from collections.abc import Iterator
from typing import Any, Protocol

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from inframind.adapters.ingestion.memory_samples import MemorySamples
from inframind.adapters.ingestion.sqs_samples import SqsSamples
from inframind.errors import Unavailable
from inframind.frames import BUNDLE_LIMIT, from_text
from inframind.ports.series import SampleQueue


class Inspected(Protocol):
    """A queue, and what stands in it."""

    queue: SampleQueue

    def bundles(self) -> list[bytes]: ...


class InMemory:
    def __init__(self) -> None:
        self.queue = MemorySamples()

    def bundles(self) -> list[bytes]:
        return self.queue.sent


class OnSqs:
    def __init__(self) -> None:
        self.client = boto3.client(
            "sqs", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
        )
        self.url = self.client.create_queue(QueueName="samples")["QueueUrl"]
        self.queue = SqsSamples(self.client, self.url)

    def bundles(self) -> list[bytes]:
        found: list[bytes] = []
        while messages := self.client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages"):
            found += [from_text(message["Body"]) for message in messages]
        return found


@pytest.fixture(params=[InMemory, OnSqs])
def inspected(request: pytest.FixtureRequest) -> Iterator[Inspected]:
    with mock_aws():
        yield request.param()


@pytest.mark.parametrize("count", [0, 1, 10, 25])
def test_every_bundle_is_queued_once(inspected: Inspected, count: int) -> None:
    bundles = [b"bundle %d" % number for number in range(count)]
    inspected.queue.send(bundles)
    assert sorted(inspected.bundles()) == sorted(bundles)


def test_bundles_of_the_largest_size_are_queued(inspected: Inspected) -> None:
    bundles = [bytes([number]) * BUNDLE_LIMIT for number in range(3)]
    inspected.queue.send(bundles)
    assert sorted(inspected.bundles()) == bundles


class Refusing:
    """An SQS that refuses each entry whose body stands in `refused` that many more times."""

    def __init__(self, refused: dict[str, int]) -> None:
        self.refused = refused
        self.taken: list[str] = []

    def send_message_batch(self, QueueUrl: str, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        failed = []
        for entry in Entries:
            if self.refused.get(entry["MessageBody"], 0) > 0:
                self.refused[entry["MessageBody"]] -= 1
                failed.append({"Id": entry["Id"], "SenderFault": False, "Code": "InternalError"})
            else:
                self.taken.append(entry["MessageBody"])
        return {"Failed": failed} if failed else {}


def test_an_entry_that_sqs_refuses_once_is_sent_again_alone() -> None:
    sqs = Refusing({"Yg==": 1})
    SqsSamples(sqs, "url").send([b"a", b"b", b"c"])
    assert sqs.taken == ["YQ==", "Yw==", "Yg=="]


def test_an_entry_that_sqs_refuses_twice_makes_the_queue_unavailable() -> None:
    with pytest.raises(Unavailable, match="refused 1 of 3"):
        SqsSamples(Refusing({"Yg==": 2}), "url").send([b"a", b"b", b"c"])


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="http://sqs"),
        ClientError({"Error": {"Code": "AccessDenied"}}, "SendMessageBatch"),
    ],
)
def test_whatever_aws_raises_is_unavailable(error: Exception) -> None:
    class Failing:
        def send_message_batch(self, **_: Any) -> Any:
            raise error

    with pytest.raises(Unavailable, match="The samples queue"):
        SqsSamples(Failing(), "url").send([b"a"])
