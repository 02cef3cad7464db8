"""Detectors in memory, for tests."""

from collections.abc import Sequence

from inframind.adapters.cursors import from_cursor, to_cursor
from inframind.detection.detectors import Detector
from inframind.ports.paging import Page


class MemoryDetectors:
    """The detector store as a dictionary."""

    def __init__(self) -> None:
        self._kept: dict[str, Detector] = {}

    def get(self, detector_id: str) -> Detector | None:
        """The detector, or None."""
        return self._kept.get(detector_id)

    def create(self, detector: Detector) -> Detector:
        """Keeps a new detector; returns the one that has the id already, if there is one."""
        return self._kept.setdefault(detector.id, detector)

    def replace(self, detector: Detector) -> bool:
        """Keeps the detector in the place of the one with its id; False if there is none."""
        if detector.id not in self._kept:
            return False
        self._kept[detector.id] = detector
        return True

    def delete(self, detector_id: str) -> bool:
        """Forgets the detector; False if there is none."""
        return self._kept.pop(detector_id, None) is not None

    def list(self, limit: int, cursor: str | None = None) -> Page[Detector]:
        """Detectors by id, a page at a time."""
        after = from_cursor(cursor) if cursor else ""
        following = [self._kept[name] for name in sorted(self._kept) if name > after]
        return Page(tuple(following[:limit]), to_cursor(following[limit - 1].id) if len(following) > limit else None)

    def all(self) -> Sequence[Detector]:
        """Every detector, by id."""
        return [self._kept[name] for name in sorted(self._kept)]
