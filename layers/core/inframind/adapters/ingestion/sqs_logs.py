"""LogsQueue on SQS: packages as base64 text, and reminders to look at a shard as JSON."""

import json
from collections.abc import Sequence
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.adapters.ingestion.sqs_samples import SqsSamples
from inframind.errors import Unavailable

QUEUE = "The logs queue"
LONGEST_DELAY_S = 900  # SQS knows none longer


class SqsLogs:
    """The log queue on an SQS client, boto3's or the lean one."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._packages = SqsSamples(client, queue_url, QUEUE)

    def send(self, packages: Sequence[bytes]) -> None:
        """Queues every package, or raises `Unavailable`; some may have been queued then."""
        self._packages.send(packages)

    def remind(self, shard: int, due_ms: int, delay_s: int) -> None:
        """Queues a reminder that arrives after the delay, fifteen minutes at most."""
        body = json.dumps({"look": shard, "due": due_ms})
        entry = {"Id": "0", "MessageBody": body, "DelaySeconds": min(max(delay_s, 0), LONGEST_DELAY_S)}
        with unavailable_as(QUEUE):
            answer = self._client.send_message_batch(QueueUrl=self._queue_url, Entries=[entry])
        if answer.get("Failed"):
            raise Unavailable(f"{QUEUE} refused a reminder.")
