"""The absences of a shard: an anomaly for each group of series that have stopped arriving, until they are back.

Its numbers are seconds: silence as the value, the usual interval as what was expected.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from inframind.detection.absence.missing import Missing
from inframind.detection.absence.overdue import GIVEN_UP_MS
from inframind.detection.anomalies.lifecycle import ALGORITHM, cleared
from inframind.identity import content_id
from inframind.records import Anomaly, Record, Severity, from_ms, to_ms

PART = "absent"


class Absence(Record):
    """An anomaly of kind absent that is open, and the digests of the series that are still to come back."""

    anomaly: Anomaly
    waiting: tuple[str, ...]


@dataclass(slots=True)
class Absences:
    """The open absences of a shard."""

    is_open: list[Absence] = field(default_factory=list)

    @classmethod
    def read(cls, extra: Mapping[str, bytes]) -> "Absences":
        """The absences in a bank's extra parts; those that another version wrote are dropped."""
        made = cls()
        for line in extra.get(PART, b"").splitlines():
            try:
                made.is_open.append(Absence.read(line))
            except ValidationError:
                continue
        return made

    def write(self) -> dict[str, bytes]:
        """The bank's extra part that holds them."""
        return {PART: b"".join(one.model_dump_json().encode() + b"\n" for one in self.is_open)}

    def begin(self, groups: Iterable[tuple[Sequence[Missing], str, Severity]], now_ms: int) -> list[Anomaly]:
        """Open an absence for each group of series; their anomalies."""
        opened = []
        for missing, words, severity in groups:
            anomaly = _anomaly(missing[0], words, severity, now_ms)
            self.is_open.append(Absence(anomaly=anomaly, waiting=tuple(one.digest.hex() for one in missing)))
            opened.append(anomaly)
        return opened

    def back(self, digests: Iterable[bytes], at_ms: int) -> list[Anomaly]:
        """Note series that are back, or gone for good; the anomalies that clear by it."""
        names = {digest.hex() for digest in digests}
        ended, left = [], []
        for one in self.is_open:
            waiting = tuple(name for name in one.waiting if name not in names)
            if waiting:
                left.append(one if waiting == one.waiting else one.model_copy(update={"waiting": waiting}))
            else:
                ended.append(_over(one.anomaly, at_ms))
        self.is_open = left
        return ended

    def give_up(self, now_ms: int) -> list[Anomaly]:
        """Clear what has been absent for so long that it is taken for ended."""
        lost = [one for one in self.is_open if now_ms - to_ms(one.anomaly.detected_at) >= GIVEN_UP_MS]
        self.is_open = [one for one in self.is_open if one not in lost]
        return [_over(one.anomaly, now_ms) for one in lost]

    def dismiss(self, anomaly_id: str, at_ms: int) -> list[Anomaly]:
        """Clear the anomaly of this id, if it is an open absence."""
        found = [one for one in self.is_open if one.anomaly.id == anomaly_id]
        self.is_open = [one for one in self.is_open if one not in found]
        return [_over(one.anomaly, at_ms) for one in found]

    def digests_of(self, anomaly_id: str) -> list[bytes]:
        """The series that an open absence waits for."""
        return [bytes.fromhex(name) for one in self.is_open if one.anomaly.id == anomaly_id for name in one.waiting]


def _anomaly(first: Missing, words: str, severity: Severity, now_ms: int) -> Anomaly:
    silent_s, usual_s = round(first.silent_ms / 1000, 3), round(first.pace_ms / 1000, 3)
    return Anomaly(
        id=content_id((first.digest, b"absent", (now_ms - first.silent_ms).to_bytes(8, "big", signed=True))),
        resource_id=first.series.resource,
        metric_name=first.series.metric,
        labels=dict(first.series.labels),
        detected_at=from_ms(now_ms),
        current_value=silent_s,
        baseline_mean=usual_s,
        baseline_std_dev=0.0,
        band_low=0.0,
        band_high=round(first.limit_ms / 1000, 3),
        z_score=0.0,
        deviation_percent=round(100 * (first.silent_ms / first.pace_ms - 1), 2) if first.pace_ms else None,
        score=round(max(1.0, first.silent_ms / first.limit_ms), 4),
        severity=severity,
        direction="none",
        kind="absent",
        explanation=words,
        algorithm=ALGORITHM,
        peak_value=silent_s,
    )


def _over(anomaly: Anomaly, at_ms: int) -> Anomaly:
    at_ms = max(at_ms, to_ms(anomaly.detected_at))
    silent_s = anomaly.current_value + (at_ms - to_ms(anomaly.detected_at)) / 1000
    return cleared(anomaly, at_ms).model_copy(update={"peak_value": round(silent_s, 3)})
