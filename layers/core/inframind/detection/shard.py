"""One shard as the scorer holds it: the bank, the anomalies open in it, and those still to be told."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from inframind.detection.absence import missing
from inframind.detection.absence.absences import Absences
from inframind.detection.absence.arrivals import Arrivals
from inframind.detection.anomalies.lifecycle import changes, cleared
from inframind.detection.anomalies.outbox import Ledger, digest_of
from inframind.detection.anomalies.suppressions import Suppressions
from inframind.detection.anomalies.wording import plain
from inframind.detection.backfill.replay import replay, wanted
from inframind.detection.bank.bank import Bank
from inframind.detection.commands import Command, Heed, Look, Replay
from inframind.detection.detectors.applied import TUNED, AppliedDetectors
from inframind.detection.detectors.matching import Rulebook
from inframind.detection.grids import Block, blocks
from inframind.detection.model.columns import Rows
from inframind.frames import Frame
from inframind.identity import series_digest
from inframind.records import to_ms

CROWDED = 100_000  # series a shard: beyond, the silent ones make room; before, a replay of old data may stay
SILENT_MS = 7 * 24 * 3_600_000  # a weekly job is still known when it comes back


@dataclass(frozen=True, slots=True, eq=False)
class Delivery:
    """One message: an id that follows from its bytes, and the frames in it, or a command and what it is about."""

    id: bytes
    frames: tuple[Frame, ...]
    command: Command | None = None
    stored: tuple[Frame, ...] = ()
    cut: bool = False  # whether not all that is stored was read


@dataclass(slots=True)
class Shard:
    """A bank with its ledger; `changed` once it has learnt something since its bytes were made."""

    bank: Bank = field(default_factory=Bank.empty)
    ledger: Ledger = field(default_factory=Ledger)
    changed: bool = False
    arrivals: Arrivals = field(default_factory=Arrivals)
    absences: Absences = field(default_factory=Absences)
    suppressions: Suppressions = field(default_factory=Suppressions)
    detectors: AppliedDetectors = field(default_factory=AppliedDetectors)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Shard":
        """What `to_bytes` wrote; raises `BankCorrupt` on anything else."""
        bank = Bank.from_bytes(data)
        return cls(
            bank,
            Ledger.read(bank.extra),
            arrivals=Arrivals.read(bank.extra, len(bank)),
            absences=Absences.read(bank.extra),
            suppressions=Suppressions.read(bank.extra),
        )

    def to_bytes(self) -> bytes:
        """The whole state in one block."""
        for part in (self.ledger, self.arrivals, self.absences, self.suppressions):
            self.bank.extra |= part.write()
        self.changed = False
        return self.bank.to_bytes()

    def adopt(self, rules: Rulebook) -> None:
        """Follow these detectors from now on."""
        self.detectors.adopt(rules)

    def learn(self, deliveries: Sequence[Delivery], now_ms: int) -> int:
        """Samples scored and learnt from the deliveries not learnt before; 0 and no change when there is none.

        Commands are obeyed after that. What the outbox held must have been told: it now holds what all this changes.
        """
        fresh = {one.id: one for one in deliveries if (one.frames or one.command) and not self.bank.seen(one.id)}
        if not fresh:
            return 0
        self.changed |= bool(self.ledger.untold)  # told, and not to be told again by the next process
        self.ledger.untold, samples = [], 0
        frames = [frame for one in fresh.values() for frame in one.frames]
        if frames:
            samples, self.changed = self._score(frames), True
            self._make_room(now_ms)
        for one in fresh.values():
            if one.command is not None:
                self._obey(one.command, one.stored)
        if self.changed:
            for delivery_id in fresh:
                self.bank.remember(delivery_id)
        return samples

    def _score(self, frames: Sequence[Frame]) -> int:
        samples = 0
        for block in blocks(frames):
            digests = [series_digest(resource, name) for resource, name in block.series]
            rows = self.bank.rows(digests)
            self.arrivals.grow(len(self.bank))
            self._welcome(block, digests, rows)
            shown, verdicts = self.detectors.judge(self.bank, block, digests, rows)
            self.suppressions.apply(shown, verdicts, digests, self.ledger.is_open)
            self.ledger.untold += changes(shown, verdicts, self.ledger.is_open, plain)
            samples += int(np.isfinite(block.values).sum())
        return samples

    def _welcome(self, block: Block, digests: Sequence[bytes], rows: Rows) -> None:
        back = set(self.arrivals.note(rows, block).tolist())
        if back:
            known = [digest for digest, row in zip(digests, rows.tolist(), strict=True) if row in back]
            self.ledger.untold += self.absences.back(known, int(self.arrivals.last_ms[sorted(back)].max()))

    def _obey(self, command: Command, stored: Sequence[Frame]) -> None:
        if isinstance(command, Look):
            self._look(command.at_ms)
        elif isinstance(command, Replay):
            self._replay(command, stored)
        else:
            self._heed(command)

    def _replay(self, order: Replay, stored: Sequence[Frame]) -> None:
        self.changed = True
        made = replay(self.bank, order, stored, self.detectors.rules)
        if made is None:
            return
        keys = wanted(self.bank, made, order.replace)
        self.bank.adopt(made, keys)
        self.arrivals.grow(len(self.bank))
        self.detectors.settled.difference_update(keys)  # tuned when they next arrive
        if made.extra:
            self.bank.extra[TUNED] = made.extra[TUNED]
        over = [self.ledger.is_open.pop(key) for key in sorted(keys) if key in self.ledger.is_open]
        self.ledger.untold += [cleared(one, order.end_ms) for one in over]

    def _look(self, at_ms: int) -> None:
        given_up = self.absences.give_up(at_ms)
        found = missing.find(at_ms, self.arrivals, self.bank.keys(), (self.detectors.rules, self.suppressions))
        groups = missing.grouped(at_ms, self.arrivals, self.bank.keys(), found) if found else []
        self.arrivals.missed[list(found)] = 1
        self.ledger.untold += given_up + self.absences.begin(groups, at_ms)
        self.changed |= bool(found or given_up)

    def _heed(self, said: Heed) -> None:
        anomaly, at_ms = said.anomaly, to_ms(said.feedback.at)
        digest = digest_of(anomaly)
        current = self.ledger.is_open.get(digest)
        is_current = current is not None and current.id == anomaly.id
        self.changed = True
        if said.feedback.verdict == "anomaly":
            self.suppressions.remove(digest, anomaly)
            return
        self.suppressions.forget(at_ms)
        known = current if current is not None and is_current else anomaly
        for one in {digest, *self.absences.digests_of(anomaly.id)}:
            self.suppressions.add(one, known, said.feedback.at)
        self.ledger.untold += self.absences.dismiss(anomaly.id, at_ms)
        if current is not None and is_current:
            self.ledger.untold.append(cleared(self.ledger.is_open.pop(digest), at_ms))

    def _make_room(self, now_ms: int) -> None:
        if len(self.bank) <= CROWDED:
            return
        before = self.bank.keys()
        if not self.bank.evict(now_ms - SILENT_MS):
            return
        stay = set(self.bank.keys())
        self.arrivals.keep(np.fromiter((key in stay for key in before), np.bool_, len(before)))
        gone = self.ledger.is_open.keys() - stay
        self.ledger.untold += [cleared(self.ledger.is_open.pop(digest), now_ms) for digest in sorted(gone)]
        self.ledger.untold += self.absences.back([key for key in before if key not in stay], now_ms)
