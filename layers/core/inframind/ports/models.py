"""What the optimizer's models need from the outside world."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from inframind.optimization.versions import Kind, Ledger


@dataclass(frozen=True, slots=True)
class StoredLedger:
    """The versions of a kind, and the tag they were read at; None: there are none yet."""

    ledger: "Ledger"
    tag: str | None


class ModelStore(Protocol):
    """Models in S3: the bytes of each version, and one ledger a kind."""

    def load(self, kind: "Kind") -> StoredLedger:
        """The ledger as it is now."""

    def save(self, ledger: "Ledger", tag: str | None) -> str:
        """Replaces the ledger read at `tag`; returns the new tag. Raises `Conflict` if it has moved on."""

    def put(self, version: str, data: bytes) -> None:
        """Keeps the bytes of a version; a version that is there already stays as it is."""

    def data(self, version: str) -> bytes:
        """The bytes of a version. Raises `NotFound` if there are none."""

    def prune(self, kind: "Kind", needed: Collection[str], before: datetime) -> None:
        """Deletes the bytes of a kind's versions, kept before then, that are not needed: up to 1,000 at a time."""


class TrainingQueue(Protocol):
    """TrainingQueue: orders to train now."""

    def order(self, by: str) -> None:
        """Queues an order in the name of whoever gives it, or raises `Unavailable`."""
