"""BuildsQueue on SQS."""

from collections.abc import Sequence
from typing import Any

from inframind.adapters.aws import unavailable_as


class SqsBuilds:
    """The build queue on an SQS client."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, messages: Sequence[str]) -> None:
        """Queues every message, or raises `Unavailable`; some may have been queued then."""
        for body in messages:
            with unavailable_as("The builds queue"):
                self._client.send_message(QueueUrl=self._queue_url, MessageBody=body)
