"""Which series have stopped arriving, one group for all of a resource, and how that is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inframind.detection.absence.arrivals import NEVER, Arrivals
from inframind.detection.absence.overdue import GIVEN_UP_MS, LEAST_MS, overdue
from inframind.detection.anomalies.suppressions import Suppressions
from inframind.detection.detectors.detector import ABSENT_AFTER, Detector
from inframind.detection.detectors.matching import Rulebook
from inframind.identity import SeriesId
from inframind.records import Severity

EVERYTHING = 5  # resources: when all of so many fall silent at once, that is one thing to say, not so many
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Missing:
    """A series that has stopped arriving."""

    digest: bytes
    series: SeriesId
    silent_ms: int
    pace_ms: float
    limit_ms: float


def find(
    now_ms: int, arrivals: Arrivals, keys: Sequence[bytes], asked: tuple[Rulebook, Suppressions]
) -> dict[int, float]:
    """Rows of the series that have stopped arriving, that did not end on purpose, and that nobody was told of yet,
    each with the milliseconds of silence that were allowed it."""
    rules, suppressions = asked
    shortest = np.asarray(arrivals.pace_ms * (rules.least_intervals(ABSENT_AFTER) / ABSENT_AFTER), np.float64)
    heard = arrivals.last_ms != NEVER
    late = overdue(now_ms, np.where(heard, arrivals.last_ms, now_ms), shortest, arrivals.samples.astype(np.float64))
    late &= (arrivals.ended == 0) & (arrivals.missed == 0) & (arrivals.last_ms > now_ms - GIVEN_UP_MS)
    found = {}
    for row in np.nonzero(late)[0].tolist():
        series = _series(arrivals, row)
        detector = rules.of(keys[row], series.resource, series.to_bytes())
        limit = max(_limit_ms(detector, arrivals, row), 1000 * suppressions.accepted_silence_s(keys[row], now_ms))
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
        return max(LEAST_MS, ABSENT_AFTER * float(arrivals.pace_ms[row]))
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
