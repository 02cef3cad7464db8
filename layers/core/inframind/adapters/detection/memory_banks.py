"""Detector banks in memory, for tests."""

from inframind.errors import Conflict
from inframind.identity import content_id
from inframind.ports.detection import StoredBank


class MemoryBanks:
    """The bank store as a dictionary; versions are numbers that only grow."""

    def __init__(self) -> None:
        self.aside: dict[str, bytes] = {}
        self._banks: dict[int, tuple[bytes, str]] = {}
        self._writes = 0

    def load(self, shard: int) -> StoredBank:
        """The shard's bank as it is now."""
        return StoredBank(*self._banks.get(shard, (None, None)))

    def save(self, shard: int, data: bytes, version: str | None) -> str:
        """Replaces the bank read at `version`; raises `Conflict` if it has moved on."""
        if self.load(shard).version != version:
            raise Conflict(f"The bank of shard {shard} has moved on.")
        self._writes += 1
        self._banks[shard] = (data, str(self._writes))
        return str(self._writes)

    def set_aside(self, shard: int, data: bytes) -> str:
        """Keeps an unreadable bank under a name derived from its bytes."""
        key = f"banks/{shard}.corrupt-{content_id([data])}"
        self.aside[key] = data
        return key
