"""Which detector speaks for a series: the most specific one whose patterns match.

Order: the resource first (an exact name before a pattern, more literal characters before fewer), then the metric
likewise, then the number of labels, then their literal characters; of equals the one made first.
"""

import re
from collections.abc import Iterable, Mapping
from fnmatch import translate

from inframind.detection.detectors.detector import Detector
from inframind.identity import SeriesId, content_id

WILD = re.compile(r"\[[^]]*\]|[*?]")
REMEMBERED = 500_000  # series whose detector is known without looking again

Rank = tuple[bool, int, bool, int, int, int]


class Rulebook:
    """All detectors, compiled. Asking again about a series is one look into a dictionary."""

    def __init__(self, detectors: Iterable[Detector] = ()) -> None:
        first_made = sorted(detectors, key=lambda one: (one.created_at, one.id))
        self._ranked = sorted(first_made, key=specificity, reverse=True)  # stable: of equals, the one made first
        self._patterns = {
            pattern: re.compile(translate(pattern))
            for one in self._ranked
            for pattern in (one.resource, one.metric, *one.labels.values())
        }
        self._resources: dict[str, list[Detector]] = {}
        self._known: dict[bytes, Detector | None] = {}
        self.fingerprint = content_id(one.model_dump_json().encode() for one in self._ranked)

    def __bool__(self) -> bool:
        return bool(self._ranked)

    def least_intervals(self, shipped: float) -> float:
        """The shortest silence, in intervals, that any series could be missed after."""
        return min([shipped, *(one.absent_after for one in self._ranked if one.absent_after is not None)])

    def of(self, digest: bytes, resource: str, name: bytes) -> Detector | None:
        """The detector of a series, by its digest and its name inside its resource; None: the default."""
        if not self._ranked:
            return None
        if digest not in self._known:
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[digest] = self._find(SeriesId.from_bytes(resource, name))
        return self._known[digest]

    def _find(self, series: SeriesId) -> Detector | None:
        if series.resource not in self._resources:
            if len(self._resources) >= REMEMBERED:
                self._resources.clear()
            fitting = [one for one in self._ranked if self._fits(one.resource, series.resource)]
            self._resources[series.resource] = fitting
        labels = dict(series.labels)
        for one in self._resources[series.resource]:
            if self._fits(one.metric, series.metric) and self._has(labels, one.labels):
                return one
        return None

    def _has(self, labels: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
        return all(name in labels and self._fits(pattern, labels[name]) for name, pattern in wanted.items())

    def _fits(self, pattern: str, text: str) -> bool:
        return pattern == text or self._patterns[pattern].match(text) is not None  # [::1]:9100 is a name, too


def specificity(detector: Detector) -> Rank:
    """Greater for the detector that wins."""
    resource, metric = _weight(detector.resource), _weight(detector.metric)
    labels = [_weight(pattern)[1] for pattern in detector.labels.values()]
    return (*resource, *metric, len(labels), sum(labels))


def _weight(pattern: str) -> tuple[bool, int]:
    literal = WILD.sub("", pattern)
    return literal == pattern, len(literal)
