"""ScoreQueue.fifo on SQS: one group a shard, so that its frames are scored in order and by one scorer at a time."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.errors import Unavailable
from inframind.frames import to_text
from inframind.identity import content_id

ENTRIES = 10  # SendMessageBatch takes no more
CALL_BYTES = 256 * 1024  # nor more than this in all

Entry = dict[str, str]


class SqsScoreQueue:
    """The score queue on a boto3 SQS client."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, bundles: Mapping[int, Sequence[bytes]]) -> None:
        """Queues bundles by shard. The same bundle sent again within five minutes is one message."""
        self._send([_entry(shard, to_text(data), data) for shard, queued in bundles.items() for data in queued])

    def order(self, commands: Mapping[int, str]) -> None:
        """Queues a command, as text, for each shard. The same sent again within five minutes is one message."""
        self.order_all(list(commands.items()))

    def order_all(self, commands: Sequence[tuple[int, str]]) -> None:
        """Queues commands, as texts, each for a shard, in order; a repeat is one message, as of `order`."""
        self._send([_entry(shard, text, f"{shard} {text}".encode()) for shard, text in commands])

    def _send(self, entries: Sequence[Entry]) -> None:
        for call in _calls(entries):
            with unavailable_as("The score queue"):
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=call)
            if answer.get("Failed"):
                raise Unavailable(f"The score queue refused {len(answer['Failed'])} of {len(call)} messages.")


def _entry(shard: int, body: str, data: bytes) -> Entry:
    return {
        "Id": "0",
        "MessageBody": body,
        "MessageGroupId": str(shard),
        "MessageDeduplicationId": content_id([data]),
    }


def _calls(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """The entries, in order, in as few calls as the limits allow, numbered within each."""
    call: list[Entry] = []
    size = 0
    for entry in entries:
        if len(call) == ENTRIES or size + len(entry["MessageBody"]) > CALL_BYTES:
            yield call
            call, size = [], 0
        call.append(entry | {"Id": str(len(call))})
        size += len(entry["MessageBody"])
    if call:
        yield call
