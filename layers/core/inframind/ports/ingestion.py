"""What logs need from the outside world; the queue and the state of mining keep to ports that others have already."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from inframind.ingestion.logs.at_rest import LinesKey


class Clusters(Protocol):
    """Groups the masked lines of one service by their likeness. Numbers name clusters within one instance."""

    def add(self, line: str) -> tuple[int, str]:
        """The number of the cluster that the line belongs to from now on, and the cluster's template."""

    def restore(self, templates: Sequence[str]) -> Sequence[int]:
        """The numbers of clusters that have these templates; for an instance that is new."""

    def forget(self, numbers: Collection[int]) -> None:
        """Drops clusters; lines like theirs will make new ones."""


class LogQueue(Protocol):
    """LogsQueue: packed lines on their way to the miner."""

    def send(self, packages: Sequence[bytes]) -> None:
        """Queues every package (each at most `frames.BUNDLE_LIMIT` bytes), or raises `Unavailable`."""

    def remind(self, shard: int, due_ms: int, delay_s: int) -> None:
        """Queues a reminder to look at a shard again, which arrives after the delay: fifteen minutes at most."""


class LineStore(Protocol):
    """Lines at rest, by shard and hour, for as long as they are kept."""

    def keep(self, objects: Mapping[LinesKey, bytes]) -> None:
        """Keeps objects; the same key again changes nothing."""

    def keys(self, shard: int, hour: int) -> Sequence[LinesKey]:
        """The objects of a shard and an hour, oldest first."""

    def read(self, key: LinesKey) -> bytes:
        """An object's bytes; empty if it is there no more."""
