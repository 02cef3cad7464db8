"""What the room of detection needs from the outside world to know how far its backfills have come."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from inframind.detection.backfill import Backfill


class BackfillStore(Protocol):
    """Backfills by id, and which of their slices are done."""

    def create(self, backfill: "Backfill") -> "Backfill":
        """Keeps a new backfill; returns the one that has the id already, if there is one."""

    def get(self, backfill_id: str) -> "Backfill | None":
        """The backfill as far as it has come, or None."""

    def note(self, backfill_id: str, number: int, *, cut: bool) -> None:
        """Notes that a slice is done, and whether it was cut short. Noting it again, or of none, changes nothing."""
