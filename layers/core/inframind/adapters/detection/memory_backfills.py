"""Backfills in memory, for tests."""

from inframind.detection.backfill.plan import Backfill, progress


class MemoryBackfills:
    """The backfill store as a dictionary."""

    def __init__(self) -> None:
        self._kept: dict[str, Backfill] = {}
        self._done: dict[str, set[int]] = {}
        self._cut: dict[str, set[int]] = {}

    def create(self, backfill: Backfill) -> Backfill:
        """Keeps a new backfill; returns the one that has the id already, if there is one."""
        self._kept.setdefault(backfill.id, backfill)
        return self.get(backfill.id) or backfill

    def get(self, backfill_id: str) -> Backfill | None:
        """The backfill as far as it has come, or None."""
        kept = self._kept.get(backfill_id)
        if kept is None:
            return None
        return progress(kept, len(self._done.get(backfill_id, ())), len(self._cut.get(backfill_id, ())))

    def note(self, backfill_id: str, number: int, *, cut: bool) -> None:
        """Notes that a slice is done, and whether it was cut short. Noting it again, or of none, changes nothing."""
        self._done.setdefault(backfill_id, set()).add(number)
        if cut:
            self._cut.setdefault(backfill_id, set()).add(number)
