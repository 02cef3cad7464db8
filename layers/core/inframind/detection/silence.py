"""Series that have stopped arriving: one anomaly for all of a resource, which clears when they are back.

Its numbers are seconds: silence as the value, the usual interval as what was expected.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from pydantic import ValidationError

from inframind.detection.absence import LEAST_MS, MISSED, overdue
from inframind.detection.anomalies import ALGORITHM, cleared
from inframind.detection.arrivals import NEVER, Arrivals
from inframind.detection.detectors import Detector
from inframind.detection.matching import Rulebook
from inframind.detection.pardons import Pardons
from inframind.identity import SeriesId, content_id
from inframind.records import Anomaly, Record, Severity, from_ms, to_ms

GIVEN_UP_MS = 86_400_000  # a series silent for a day is taken for ended
EVERYTHING = 5  # resources: when all of so many fall silent at once, that is one thing to say, not so many
MINUTE_MS = 60_000
PART = "absent"


class Absence(Record):
    """An anomaly of kind absent that is open, and the digests of the series that are still to come back."""

    anomaly: Anomaly
    waiting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """A series that has stopped arriving."""

    digest: bytes
    series: SeriesId
    silent_ms: int
    pace_ms: float
    limit_ms: float


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


def find(now_ms: int, arrivals: Arrivals, keys: Sequence[bytes], asked: tuple[Rulebook, Pardons]) -> dict[int, float]:
    """Rows of the series that have stopped arriving, that did not end on purpose, and that nobody was told of yet,
    each with the milliseconds of silence that were allowed it."""
    rules, pardons = asked
    shortest = np.asarray(arrivals.pace_ms * (rules.least_intervals(MISSED) / MISSED), np.float64)
    heard = arrivals.last_ms != NEVER
    late = overdue(now_ms, np.where(heard, arrivals.last_ms, now_ms), shortest, arrivals.samples.astype(np.float64))
    late &= (arrivals.ended == 0) & (arrivals.missed == 0) & (arrivals.last_ms > now_ms - GIVEN_UP_MS)
    found = {}
    for row in np.nonzero(late)[0].tolist():
        series = _series(arrivals, row)
        detector = rules.of(keys[row], series.resource, series.to_bytes())
        limit = max(_limit_ms(detector, arrivals, row), 1000 * pardons.silence_s(keys[row], now_ms))
        if _silence_ms(detector, int(arrivals.last_ms[row]), now_ms) > limit:
            found[row] = limit
    return found


def grouped(
    now_ms: int, arrivals: Arrivals, keys: Sequence[bytes], limits: Mapping[int, float]
) -> list[tuple[Sequence[Missing], str, Severity]]:
    """The missing series by resource, in words; as one group if nothing of many resources arrives any more."""
    recent = (arrivals.ended == 0) & (arrivals.missed == 0) & (arrivals.last_ms > now_ms - GIVEN_UP_MS)
    alive = {_resource(arrivals, row) for row in np.nonzero(recent)[0].tolist() if row not in limits}
    by_resource: dict[str, list[Missing]] = {}
    missing = [_missing(now_ms, arrivals, keys[row], (row, limit)) for row, limit in limits.items()]
    for one in sorted(missing, key=lambda one: one.series.to_bytes()):
        by_resource.setdefault(one.series.resource, []).append(one)
    if not alive and len(by_resource) >= EVERYTHING:
        everything = [one for _, group in sorted(by_resource.items()) for one in group]
        return [(everything, _everything(everything, len(by_resource)), Severity.HIGH)]
    return [
        (group, _words(group, whole=resource not in alive), Severity.MEDIUM if resource in alive else Severity.HIGH)
        for resource, group in sorted(by_resource.items())
    ]


def _missing(now_ms: int, arrivals: Arrivals, digest: bytes, found: tuple[int, float]) -> Missing:
    row, limit = found
    silent, pace = now_ms - int(arrivals.last_ms[row]), float(arrivals.pace_ms[row])
    return Missing(digest, _series(arrivals, row), silent, pace, limit)


def _limit_ms(detector: Detector | None, arrivals: Arrivals, row: int) -> float:
    if detector is None:
        return max(LEAST_MS, MISSED * float(arrivals.pace_ms[row]))
    if detector.absent_after is None or not detector.enabled:
        return float("inf")
    return max(LEAST_MS, detector.absent_after * float(arrivals.pace_ms[row]))


def _silence_ms(detector: Detector | None, last_ms: int, now_ms: int) -> int:
    """How long nothing came, without the time that is excluded; 0 while it is excluded."""
    if detector is None or not detector.has_windows:
        return now_ms - last_ms
    minutes = np.arange(now_ms, last_ms, -MINUTE_MS)
    out = detector.excludes(minutes)
    return 0 if out[0] else int((~out).sum()) * MINUTE_MS


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


def _words(group: Sequence[Missing], *, whole: bool) -> str:
    first, others = group[0], len(group) - 1
    labels = ", ".join(f"{name}={value}" for name, value in first.series.labels)
    name = f"{first.series.metric}{f' ({labels})' if labels else ''}"
    if whole and others:
        return f"{first.series.resource} has stopped arriving, with all {len(group)} series: {_how_long(first)}."
    more = f" and {others} other series" if others else ""
    verb = "have" if others else "has"
    return f"{name}{more} of {first.series.resource} {verb} stopped arriving: {_how_long(first)}."


def _everything(group: Sequence[Missing], resources: int) -> str:
    names = f"{group[0].series.resource} and {resources - 1} other resources"
    return f"Nothing arrives any more of {names}: {_how_long(group[0])}."


def _how_long(one: Missing) -> str:
    return f"nothing for {_span(one.silent_ms)}, where a sample each {_span(one.pace_ms)} was usual"


def _span(ms: float) -> str:
    seconds = ms / 1000
    return f"{seconds:.3g} s" if seconds < 120 else f"{seconds / 60:.3g} min"


def _series(arrivals: Arrivals, row: int) -> SeriesId:
    resource, _, name = arrivals.names[row].partition(b"\0\0")
    return SeriesId.from_bytes(resource.decode(), name)


def _resource(arrivals: Arrivals, row: int) -> str:
    return arrivals.names[row].partition(b"\0\0")[0].decode()
