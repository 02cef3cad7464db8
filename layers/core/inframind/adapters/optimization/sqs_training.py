"""TrainingQueue on SQS."""

import json
from typing import Any

from inframind.adapters.aws import unavailable_as


class SqsTraining:
    """The training queue on an SQS client."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def order(self, by: str) -> None:
        """Queues an order to train now."""
        with unavailable_as("The training queue"):
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps({"train": "now", "by": by}))
