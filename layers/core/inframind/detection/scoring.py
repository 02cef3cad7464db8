"""One shard as the scorer holds it: the bank, the anomalies open in it, and those still to be told."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from inframind.detection.anomalies import changes, cleared
from inframind.detection.bank import Bank
from inframind.detection.grids import blocks
from inframind.detection.outbox import Ledger
from inframind.detection.wording import plain
from inframind.frames import Frame
from inframind.identity import series_digest

CROWDED = 100_000  # series a shard: beyond, the silent ones make room; before, a replay of old data may stay
SILENT_MS = 7 * 24 * 3_600_000  # a weekly job is still known when it comes back


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """One message: an id that follows from its bytes, and the frames in it."""

    id: bytes
    frames: tuple[Frame, ...]


@dataclass(slots=True)
class Shard:
    """A bank with its ledger; `changed` once it has learnt something since its bytes were made."""

    bank: Bank = field(default_factory=Bank.empty)
    ledger: Ledger = field(default_factory=Ledger)
    changed: bool = False

    @classmethod
    def from_bytes(cls, data: bytes) -> "Shard":
        """What `to_bytes` wrote; raises `BankCorrupt` on anything else."""
        bank = Bank.from_bytes(data)
        return cls(bank, Ledger.read(bank.extra))

    def to_bytes(self) -> bytes:
        """The whole state in one block."""
        self.bank.extra |= self.ledger.write()
        self.changed = False
        return self.bank.to_bytes()

    def learn(self, deliveries: Sequence[Delivery], now_ms: int) -> int:
        """Samples scored and learnt from the deliveries not learnt before; 0 and no change when there is none.

        What the outbox held must have been told: it now holds what these samples change.
        """
        fresh = {one.id: one for one in deliveries if one.frames and not self.bank.seen(one.id)}
        if not fresh:
            return 0
        self.ledger.untold, self.changed = [], True
        samples = self._score([frame for one in fresh.values() for frame in one.frames])
        for delivery_id in fresh:
            self.bank.remember(delivery_id)
        self._make_room(now_ms)
        return samples

    def _score(self, frames: Sequence[Frame]) -> int:
        samples = 0
        for block in blocks(frames):
            rows = self.bank.rows([series_digest(resource, name) for resource, name in block.series])
            verdicts = self.bank.update(rows, block.times_ms, block.values)
            self.ledger.untold += changes(block, verdicts, self.ledger.is_open, plain)
            samples += int(np.isfinite(block.values).sum())
        return samples

    def _make_room(self, now_ms: int) -> None:
        if len(self.bank) <= CROWDED or not self.bank.evict(now_ms - SILENT_MS):
            return
        gone = self.ledger.is_open.keys() - set(self.bank.keys())
        self.ledger.untold += [cleared(self.ledger.is_open.pop(digest), now_ms) for digest in sorted(gone)]
