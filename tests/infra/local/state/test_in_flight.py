"""Tests of what a start does with messages that were in flight at the stop."""

from pathlib import Path

import pytest

from infra.local.harness import Platform
from infra.local.state.in_flight import release


def test_nothing_saved_is_nothing_to_release(tmp_path: Path) -> None:
    assert release(tmp_path) == 0


@pytest.mark.e2e
def test_a_message_nobody_finished_is_delivered_again_at_once(running: Platform) -> None:
    queue = running.client("sqs").create_queue(QueueName="unfinished", Attributes={"VisibilityTimeout": "600"})
    address = {"QueueUrl": queue["QueueUrl"]}
    running.client("sqs").send_message(**address, MessageBody="half done")
    assert running.client("sqs").receive_message(**address)["Messages"][0]["Body"] == "half done"
    assert "Messages" not in running.client("sqs").receive_message(**address)
    running.restart()
    assert running.client("sqs").receive_message(**address)["Messages"][0]["Body"] == "half done"
