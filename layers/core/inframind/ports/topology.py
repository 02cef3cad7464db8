"""What the topology needs from the outside world: the calls between services that are known."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredCalls:
    """The call graph as bytes, and the version they were read at; 0: there is none yet."""

    data: bytes | None
    version: int


class CallStore(Protocol):
    """The call graph: one item, written under a condition."""

    def load(self) -> StoredCalls:
        """The graph as it is now."""

    def save(self, data: bytes, version: int) -> int:
        """Replaces the graph read at `version`; returns the new version. Raises `Conflict` if it has moved on."""
