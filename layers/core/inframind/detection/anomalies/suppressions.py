"""What people called normal: similar departures of that series are not announced, larger ones are.

A departure is similar if it goes the same way and not much further than the anomaly went in all its time. A suppression
fades: after about five weeks the very same departure is announced again, unless somebody calls it normal again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from pydantic import ValidationError

from inframind.detection.anomalies.departure import SHAPELESS, Departure, departure
from inframind.detection.grids import Block
from inframind.detection.model.verdicts import Kind, Phase, Verdicts
from inframind.records import Anomaly, Moment, Record, to_ms

LENIENT = 1.5  # times as far as the suppressed one is still the same to a person
HALF_LIFE_MS = 60 * 86_400_000
FADED = 0.05  # of a suppression: it no longer counts
FAR = 4.0  # deviations: what, on the other side, is worth a word in the middle of a suppressed departure
PART = "pardons"  # what they were called first, and are in every bank


class Suppression(Record):
    """A departure that was called normal: which way, how far (in the series' unit; by score where it has no way)."""

    series: str
    anomaly_id: str
    way: Literal["up", "down", "none"]
    kind: str
    reach: float
    at: Moment

    def allowance(self, at_ms: int) -> float:
        """How far a departure at a time may reach and still be similar."""
        return LENIENT * self.reach * self.strength(at_ms)

    def strength(self, at_ms: int) -> float:
        """What is left of the suppression, 1 to 0."""
        return float(0.5 ** (max(0, at_ms - to_ms(self.at)) / HALF_LIFE_MS))

    def covers(self, left: Departure) -> bool:
        """Whether a departure is similar to the suppressed one, or smaller."""
        if self.way == "none":
            return left.kind.name.lower() == self.kind and left.score <= self.allowance(left.at_ms)
        side = "up" if left.value >= left.expected else "down"
        shapeless_and_near = left.kind in SHAPELESS and abs(left.z) < FAR
        return side == self.way and not shapeless_and_near and _reach(left) <= self.allowance(left.at_ms)


@dataclass(slots=True)
class Suppressions:
    """The suppressions of a shard's series, by digest; at most one for each way."""

    by_series: dict[bytes, tuple[Suppression, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, extra: Mapping[str, bytes]) -> "Suppressions":
        """The suppressions in a bank's extra parts; those that another version wrote are dropped."""
        made = cls()
        for line in extra.get(PART, b"").splitlines():
            try:
                one = Suppression.read(line)
            except ValidationError:
                continue
            digest = bytes.fromhex(one.series)
            made.by_series[digest] = (*made.by_series.get(digest, ()), one)
        return made

    def write(self) -> dict[str, bytes]:
        """The bank's extra part that holds them."""
        lines = [one.model_dump_json().encode() for digest in sorted(self.by_series) for one in self.by_series[digest]]
        return {PART: b"".join(line + b"\n" for line in lines)}

    def add(self, digest: bytes, anomaly: Anomaly, at: Moment) -> None:
        """Take an anomaly for normal from now on; an earlier, further reaching suppression keeps its reach."""
        reach = anomaly.score if anomaly.direction == "none" and anomaly.kind != "absent" else _distance(anomaly)
        given = Suppression(
            series=digest.hex(), anomaly_id=anomaly.id, way=anomaly.direction, kind=anomaly.kind, reach=reach, at=at
        )
        others = self._unlike(digest, anomaly)
        for one in self.by_series.get(digest, ()):
            if one not in others:
                given = given.model_copy(update={"reach": max(given.reach, one.reach * one.strength(to_ms(at)))})
        self.by_series[digest] = (*others, given)

    def remove(self, digest: bytes, anomaly: Anomaly) -> None:
        """Announce again what is like this anomaly."""
        left = self._unlike(digest, anomaly)
        if left:
            self.by_series[digest] = left
        else:
            self.by_series.pop(digest, None)

    def forget(self, now_ms: int) -> None:
        """Drop those that have faded."""
        for digest, given in list(self.by_series.items()):
            left = tuple(one for one in given if one.strength(now_ms) >= FADED)
            if not left:
                del self.by_series[digest]
            elif left != given:
                self.by_series[digest] = left

    def accepted_silence_s(self, digest: bytes, at_ms: int) -> float:
        """Seconds without a sample that were called normal for a series; 0 where nothing was said."""
        given = [one for one in self.by_series.get(digest, ()) if one.kind == "absent"]
        return max((one.allowance(at_ms) for one in given), default=0.0)

    def apply(
        self, block: Block, verdicts: Verdicts, digests: Sequence[bytes], is_open: Mapping[bytes, Anomaly]
    ) -> None:
        """Change openings that are suppressed into goings-on, and open where a suppressed departure grows larger."""
        if not self.by_series:
            return
        for column, digest in enumerate(digests):
            if digest in self.by_series and verdicts.phase[:, column].any():
                self._apply_to(block, verdicts, column, (self.by_series[digest], digest in is_open))

    def _unlike(self, digest: bytes, anomaly: Anomaly) -> tuple[Suppression, ...]:
        slot = _slot(anomaly.direction, anomaly.kind)
        return tuple(one for one in self.by_series.get(digest, ()) if _slot(one.way, one.kind) != slot)

    def _apply_to(
        self, block: Block, verdicts: Verdicts, column: int, known: tuple[tuple[Suppression, ...], bool]
    ) -> None:
        given, told = known
        for row in np.nonzero(verdicts.phase[:, column])[0].tolist():
            phase = verdicts.phase[row, column]
            if phase == Phase.CLEARED:
                told = False
                continue
            left = departure(block, verdicts, (row, column))
            covered = any(one.covers(left) for one in given)
            if phase == Phase.OPENED and covered:
                verdicts.phase[row, column] = Phase.ONGOING
            elif phase == Phase.OPENED or (not told and _outgrows(given, left)):
                verdicts.phase[row, column] = Phase.OPENED
                verdicts.score[row, column] = max(left.score, 1.0)
                told = True


def _slot(way: str, kind: str) -> tuple[str, str]:
    return way, kind if way == "none" else ""


def _outgrows(given: Sequence[Suppression], left: Departure) -> bool:
    side = "up" if left.value >= left.expected else "down"
    allowed = [one.allowance(left.at_ms) for one in given if one.way == side]
    return left.kind != Kind.NORMAL and (_reach(left) > max(allowed) if allowed else abs(left.z) >= FAR)


def _reach(left: Departure) -> float:
    return abs(left.value - left.expected)


def _distance(anomaly: Anomaly) -> float:
    furthest = anomaly.current_value if anomaly.peak_value is None else anomaly.peak_value
    if anomaly.kind == "absent":
        return furthest
    return max(abs(value - anomaly.baseline_mean) for value in (furthest, anomaly.current_value))
