"""The call graph in memory, for tests."""

from inframind.errors import Conflict
from inframind.ports.topology import StoredCalls


class MemoryCalls:
    """The call store as one value."""

    def __init__(self) -> None:
        self._stored = StoredCalls(None, 0)

    def load(self) -> StoredCalls:
        """The graph as it is now."""
        return self._stored

    def save(self, data: bytes, version: int) -> int:
        """Replaces the graph read at `version`; returns the new version."""
        if version != self._stored.version:
            raise Conflict("The call graph has moved on.")
        self._stored = StoredCalls(data, version + 1)
        return version + 1
