"""SignalsQueue on SQS: signals as JSON, as many to a message and to a call as SQS takes."""

import json
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.adapters.portions import portions
from inframind.errors import Unavailable
from inframind.signals import Signal

MESSAGE_BYTES = 16 * 1024  # closed once it has passed them: an alert may be 28 KB by itself
ENTRIES_PER_CALL = 10
BYTES_PER_CALL = 250_000  # of the 256 KiB that SQS takes
TRIES = 2  # SQS may refuse single entries of a call for a moment
LONGEST_DELAY_S = 900  # SQS knows none longer

Entry = dict[str, Any]


class SqsSignals:
    """The signal queue on an SQS client, boto3's or the lean one."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, signals: Sequence[Signal]) -> None:
        """Queues every signal, or raises `Unavailable`; some may have been queued then."""
        for bodies in portions(_messages(signals), _bytes, (ENTRIES_PER_CALL, BYTES_PER_CALL)):
            self._deliver([{"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies)])

    def remind(self, due_ms: int, delay_s: int) -> None:
        """Queues a reminder that arrives after the delay, fifteen minutes at most."""
        delay = min(max(delay_s, 0), LONGEST_DELAY_S)
        self._deliver([{"Id": "0", "MessageBody": json.dumps({"look": due_ms}), "DelaySeconds": delay}])

    def regroup(self) -> None:
        """Queues word that calls between services are known that were not."""
        self._deliver([{"Id": "0", "MessageBody": json.dumps({"regroup": True})}])

    def _deliver(self, entries: list[Entry]) -> None:
        remaining = entries
        for _ in range(TRIES):
            with unavailable_as("The signals queue"):
                answer = self._client.send_message_batch(QueueUrl=self._queue_url, Entries=remaining)
            failed = {failure["Id"] for failure in answer.get("Failed", ())}
            remaining = [entry for entry in remaining if entry["Id"] in failed]
            if not remaining:
                return
        raise Unavailable(f"The signals queue refused {len(remaining)} of {len(entries)} messages.")


def _messages(signals: Sequence[Signal]) -> Iterator[str]:
    """JSON bodies `{"signals": [...]}`, each closed once it has passed its size.

    Signals of a service stay together: in a storm a round changes few incidents, and each of them rarely.
    """
    texts: list[str] = []
    size = 0
    for text in (one.model_dump_json() for one in sorted(signals, key=attrgetter("service"))):
        texts.append(text)
        size += len(text.encode())
        if size > MESSAGE_BYTES:
            yield _body(texts)
            texts, size = [], 0
    if texts:
        yield _body(texts)


def _bytes(text: str) -> int:
    return len(text.encode())


def _body(texts: Sequence[str]) -> str:
    return '{"signals":[' + ",".join(texts) + "]}"
