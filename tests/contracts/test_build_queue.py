"""What every build queue does, in memory and on SQS."""

import pytest

from inframind.adapters.optimization.memory_builds import MemoryBuildQueue
from inframind.adapters.optimization.sqs_builds import SqsBuilds
from inframind.errors import Unavailable
from tests.conftest import Account


@pytest.mark.parametrize("count", [0, 1, 12])
def test_every_message_is_queued_once(aws: Account, count: int) -> None:
    client, url = aws.client("sqs"), aws.environment["BUILDS_QUEUE_URL"]
    messages = [f"message {number}" for number in range(count)]
    memory = MemoryBuildQueue()
    for queue in (memory, SqsBuilds(client, url)):
        queue.send(messages)
    found = []
    while received := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        found += [message["Body"] for message in received]
    assert sorted(found) == sorted(messages) == sorted(memory.sent)


def test_a_queue_that_is_not_there_is_unavailable(aws: Account) -> None:
    with pytest.raises(Unavailable, match="The builds queue"):
        SqsBuilds(aws.client("sqs"), "https://sqs.us-east-1.amazonaws.com/123456789012/elsewhere").send(["x"])
