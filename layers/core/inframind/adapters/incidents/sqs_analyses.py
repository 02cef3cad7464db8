"""AnalysisQueue on SQS."""

import json
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.adapters.incidents.sqs_signals import LONGEST_DELAY_S


class SqsAnalyses:
    """The analysis queue on an SQS client."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def ask(self, incident_id: str, delay_s: int = 0, *, is_asked_for: bool = False) -> None:
        """Queues a look at the incident, which arrives after the delay: fifteen minutes at most."""
        delay = min(max(delay_s, 0), LONGEST_DELAY_S)
        body = json.dumps({"look_at": incident_id} | ({"is_asked_for": True} if is_asked_for else {}))
        with unavailable_as("The analysis queue"):
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=body, DelaySeconds=delay)
