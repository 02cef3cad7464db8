"""What every training queue does, in memory and on SQS."""

import json

import pytest

from inframind.adapters.optimization.memory_models import MemoryTraining
from inframind.adapters.optimization.sqs_training import SqsTraining
from inframind.errors import Unavailable
from tests.conftest import Account


def test_an_order_stands_in_the_queue_in_memory() -> None:
    queue = MemoryTraining()
    queue.order("ci")
    assert queue.orders == ["ci"]


def test_an_order_stands_in_the_queue_on_sqs(aws: Account) -> None:
    client, url = aws.client("sqs"), aws.environment["TRAINING_QUEUE_URL"]
    SqsTraining(client, url).order("ci")
    (message,) = client.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"]) == {"train": "now", "by": "ci"}


def test_a_queue_that_is_not_there_is_unavailable(aws: Account) -> None:
    with pytest.raises(Unavailable, match="training queue"):
        SqsTraining(aws.client("sqs"), "https://sqs.us-east-1.amazonaws.com/123456789012/elsewhere").order("ci")
