"""Facts on an EventBridge bus: detail type = what happened, source = who says so, detail = the fact as JSON."""

from collections.abc import Sequence
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.adapters.portions import portions
from inframind.errors import Unavailable
from inframind.facts import Fact

ENTRIES = 10  # a PutEvents call takes no more
CALL_BYTES = 250_000  # nor more than 256 KB in all: one fact of an incident may be half of that
ATTEMPTS = 3  # for entries that fail alone, each time in a call of their own

Entry = dict[str, str]


class EventBridgeFacts:
    """The fact bus on an EventBridge client."""

    def __init__(self, client: Any, bus: str) -> None:
        self._client = client
        self._bus = bus

    def announce(self, facts: Sequence[Fact]) -> None:
        """Puts every fact on the bus, or raises `Unavailable`: some may be on it then."""
        for entries in portions(map(self._entry, facts), _bytes, (ENTRIES, CALL_BYTES)):
            self._put(entries)

    def _put(self, entries: list[Entry]) -> None:
        for _ in range(ATTEMPTS):
            with unavailable_as("The event bus"):
                results = self._client.put_events(Entries=entries)["Entries"]
            failed = [(entry, result) for entry, result in zip(entries, results, strict=True) if "ErrorCode" in result]
            if not failed:
                return
            entries = [entry for entry, _ in failed]
        raise Unavailable(f"The event bus refused {len(failed)} facts: {failed[0][1]['ErrorCode']}.")

    def _entry(self, fact: Fact) -> Entry:
        return {
            "EventBusName": self._bus,
            "Source": fact.source,
            "DetailType": type(fact).__name__,
            "Detail": fact.model_dump_json(),
        }


def _bytes(entry: Entry) -> int:
    return sum(len(text.encode()) for text in entry.values())
