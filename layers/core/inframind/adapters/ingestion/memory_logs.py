"""The queue and the store of lines in memory, for tests."""

from collections.abc import Mapping, Sequence

from inframind.ingestion.logs.at_rest import LinesKey


class MemoryLogQueue:
    """A queue as a list of the packages sent, and of the reminders as (shard, due, delay)."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.reminders: list[tuple[int, int, int]] = []

    def send(self, packages: Sequence[bytes]) -> None:
        """Queues every package."""
        self.sent.extend(packages)

    def remind(self, shard: int, due_ms: int, delay_s: int) -> None:
        """Queues a reminder that arrives after the delay."""
        self.reminders.append((shard, due_ms, delay_s))


class MemoryLines:
    """The line store as a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[LinesKey, bytes] = {}

    def keep(self, objects: Mapping[LinesKey, bytes]) -> None:
        """Keeps objects; the same key again changes nothing."""
        self.kept.update(objects)

    def keys(self, shard: int, hour: int) -> Sequence[LinesKey]:
        """The objects of a shard and an hour, oldest first."""
        found = [key for key in self.kept if (key.shard, key.hour) == (shard, hour)]
        return sorted(found, key=lambda key: (key.written_ms, key.first_ms, key.last_ms, key.name))

    def read(self, key: LinesKey) -> bytes:
        """An object's bytes; empty if it is there no more."""
        return self.kept.get(key, b"")
