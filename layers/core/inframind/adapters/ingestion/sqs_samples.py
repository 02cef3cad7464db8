"""SamplesQueue on SQS: bundles as base64 text, as many a call as SQS takes."""

from collections.abc import Iterator, Sequence
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.errors import Unavailable
from inframind.frames import to_text

ENTRIES_PER_CALL = 10
BYTES_PER_CALL = 256 * 1024
TRIES = 2  # SQS may refuse single entries of a call for a moment

Entry = dict[str, str]


class SqsSamples:
    """The sample queue on an SQS client, boto3's or the lean one."""

    def __init__(self, client: Any, queue_url: str, name: str = "The samples queue") -> None:
        self._client = client
        self._queue_url = queue_url
        self._name = name

    def send(self, bundles: Sequence[bytes]) -> None:
        """Queues every bundle, or raises `Unavailable`; some may have been queued then."""
        for entries in _calls(bundles):
            remaining = entries
            for _ in range(TRIES):
                remaining = self._send(remaining)
                if not remaining:
                    break
            else:
                raise Unavailable(f"{self._name} refused {len(remaining)} of {len(entries)} messages.")

    def _send(self, entries: list[Entry]) -> list[Entry]:
        """The entries that SQS did not take."""
        with unavailable_as(self._name):
            answer = self._client.send_message_batch(QueueUrl=self._queue_url, Entries=entries)
        failed = {failure["Id"] for failure in answer.get("Failed", ())}
        return [entry for entry in entries if entry["Id"] in failed]


def _calls(bundles: Sequence[bytes]) -> Iterator[list[Entry]]:
    entries: list[Entry] = []
    size = 0
    for text in map(to_text, bundles):
        if entries and (len(entries) == ENTRIES_PER_CALL or size + len(text) > BYTES_PER_CALL):
            yield entries
            entries, size = [], 0
        entries.append({"Id": str(len(entries)), "MessageBody": text})
        size += len(text)
    if entries:
        yield entries
