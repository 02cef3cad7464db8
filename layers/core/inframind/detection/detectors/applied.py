"""Detectors applied to a bank: each series tuned, masked and timed as its detector asks.

What nobody asked anything of costs nothing: without detectors the bank is called as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from inframind.detection.bank.bank import Bank
from inframind.detection.detectors.detector import SHIPPED, Detector
from inframind.detection.detectors.matching import Rulebook
from inframind.detection.grids import Block, Floats
from inframind.detection.model.columns import Rows
from inframind.detection.model.tuning import Tuning
from inframind.detection.model.verdicts import Kind, Phase, Verdicts

UPWARDS = {Kind.SPIKE, Kind.NEW_HIGH, Kind.LEVEL_UP, Kind.DRIFT_UP}
DOWNWARDS = {Kind.DIP, Kind.NEW_LOW, Kind.LEVEL_DOWN, Kind.DRIFT_DOWN}
WRONG_SIDE: dict[str, set[Kind]] = {"both": set(), "up": DOWNWARDS, "down": UPWARDS}
TUNED = "tuned"  # in the bank's extra parts, once some series was asked for more than what is shipped


@dataclass(slots=True)
class AppliedDetectors:
    """`rules` that are in force, and the series that are known to be tuned as these ask."""

    rules: Rulebook = field(default_factory=Rulebook)
    settled: set[bytes] = field(default_factory=set)

    def adopt(self, rules: Rulebook) -> None:
        """Let other rules be in force; each series is tuned anew when it next arrives."""
        if rules.fingerprint != self.rules.fingerprint:
            self.settled.clear()
        self.rules = rules

    def judge(self, bank: Bank, block: Block, digests: Sequence[bytes], rows: Rows) -> tuple[Block, Verdicts]:
        """What the bank says of the block, and the block as it was shown to the bank."""
        if not self.rules and TUNED not in bank.extra:
            return block, bank.update(rows, block.times_ms, block.values)
        asked = [self.rules.of(digest, *series) for digest, series in zip(digests, block.series, strict=True)]
        self._tune(bank, digests, rows, asked)
        shown = Block(block.series, block.times_ms, _without_excluded(block, asked))
        verdicts = _by_zone(bank, shown, rows, asked)
        muted = [column for column, one in enumerate(asked) if one is not None and not one.enabled]
        if muted:
            verdicts.phase[:, muted] = Phase.CLEARED  # what was open before ends; nothing opens
        _one_sided(verdicts, asked)
        return shown, verdicts

    def _tune(self, bank: Bank, digests: Sequence[bytes], rows: Rows, asked: Sequence[Detector | None]) -> None:
        wanted: dict[Tuning, list[int]] = {}
        for column, digest in enumerate(digests):
            if digest not in self.settled:
                one = asked[column]
                wanted.setdefault(SHIPPED if one is None else one.tuning, []).append(column)
                self.settled.add(digest)
        for tuning, columns in wanted.items():
            if tuning != SHIPPED:
                bank.extra[TUNED] = b"1"
            if TUNED in bank.extra:
                bank.tune(rows[columns], tuning)


def _one_sided(verdicts: Verdicts, asked: Sequence[Detector | None]) -> None:
    """Let nothing open on the side that does not matter: after a spike, what was usual before is a step down."""
    for row, column in zip(*(index.tolist() for index in np.nonzero(verdicts.phase == Phase.OPENED)), strict=True):
        one, kind = asked[column], verdicts.kind[row, column]
        if one is not None and kind in WRONG_SIDE[one.direction]:
            verdicts.phase[row, column] = Phase.ONGOING


def _without_excluded(block: Block, asked: Sequence[Detector | None]) -> Floats:
    columns_of: dict[str, tuple[Detector, list[int]]] = {}
    for column, one in enumerate(asked):
        if one is not None and one.has_windows:
            columns_of.setdefault(one.id, (one, []))[1].append(column)
    if not columns_of:
        return block.values
    values = block.values.copy()
    for detector, columns in columns_of.values():
        times = block.times_ms[:, None] if block.times_ms.ndim == 1 else block.times_ms[:, columns]
        values[:, columns] = np.where(detector.excludes(times), np.nan, values[:, columns])
    return values


def _by_zone(bank: Bank, block: Block, rows: Rows, asked: Sequence[Detector | None]) -> Verdicts:
    zones: dict[str, list[int]] = {}
    for column, one in enumerate(asked):
        zones.setdefault("UTC" if one is None else one.time_zone, []).append(column)
    if len(zones) == 1:
        return bank.update(rows, block.times_ms, block.values, next(iter(zones)))
    verdicts = Verdicts.blank(*block.values.shape)
    for zone, columns in zones.items():
        times = block.times_ms if block.times_ms.ndim == 1 else block.times_ms[:, columns]
        part = bank.update(rows[columns], times, block.values[:, columns], zone)
        for name in Verdicts.__slots__:
            getattr(verdicts, name)[:, columns] = getattr(part, name)
    return verdicts
