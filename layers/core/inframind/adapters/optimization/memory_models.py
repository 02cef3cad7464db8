"""The optimizer's models and orders to train them in memory, for tests."""

from collections.abc import Collection
from datetime import UTC, datetime

from inframind.errors import Conflict, NotFound
from inframind.optimization.versions import Kind, Ledger
from inframind.ports.optimization import StoredLedger


class MemoryModels:
    """The model store as dictionaries; tags are numbers that only grow."""

    def __init__(self) -> None:
        self._ledgers: dict[Kind, StoredLedger] = {}
        self._data: dict[str, tuple[datetime, bytes]] = {}
        self._writes = 0

    def load(self, kind: Kind) -> StoredLedger:
        """The ledger as it is now."""
        return self._ledgers.get(kind, StoredLedger(Ledger(kind=kind), None))

    def save(self, ledger: Ledger, tag: str | None) -> str:
        """Replaces the ledger read at `tag`; raises `Conflict` if it has moved on."""
        if self.load(ledger.kind).tag != tag:
            raise Conflict(f"The versions of {ledger.kind} have moved on.")
        self._writes += 1
        self._ledgers[ledger.kind] = StoredLedger(ledger, str(self._writes))
        return str(self._writes)

    def put(self, version: str, data: bytes) -> None:
        """Keeps the bytes of a version; a version that is there already stays as it is."""
        self._data.setdefault(version, (datetime.now(UTC), data))

    def data(self, version: str) -> bytes:
        """The bytes of a version. Raises `NotFound` if there are none."""
        if version not in self._data:
            raise NotFound(f"There is no model {version}.")
        return self._data[version][1]

    def prune(self, kind: Kind, needed: Collection[str], before: datetime) -> None:
        """Deletes the bytes of a kind's versions, kept before then, that are not needed."""
        for version, (kept_at, _) in list(self._data.items()):
            if version.startswith(f"{kind}-") and version not in needed and kept_at < before:
                del self._data[version]


class MemoryTraining:
    """A queue as the list of those who gave orders."""

    def __init__(self) -> None:
        self.orders: list[str] = []

    def order(self, by: str) -> None:
        """Queues an order."""
        self.orders.append(by)
