"""Access keys in memory, for tests."""

from collections.abc import Sequence
from typing import TypeVar

from inframind.adapters.cursors import from_cursor, to_cursor
from inframind.errors import Conflict
from inframind.ports.paging import Page
from inframind.records import AccessKey, AuditRecord, KeyChange

T = TypeVar("T")


class MemoryKeys:
    """The key store as a dictionary and a list."""

    def __init__(self) -> None:
        self._keys: dict[str, AccessKey] = {}
        self._records: list[AuditRecord] = []

    def get(self, key_id: str) -> AccessKey | None:
        """The key, or None."""
        return self._keys.get(key_id)

    def put(self, key: AccessKey, *, create: bool = False) -> None:
        """Keeps the key; with `create`, raises `Conflict` if the id is taken."""
        if create and key.id in self._keys:
            raise Conflict(f"There is a key {key.id} already.")
        self._keys[key.id] = key

    def change(self, change: KeyChange) -> None:
        """Keeps the change and its record, both or neither."""
        if change.created and change.created.id in self._keys:
            raise Conflict(f"There is a key {change.created.id} already.")
        if change.replaced and self._keys.get(change.replaced[0].id) != change.replaced[0]:
            raise Conflict(f"Key {change.record.key_id} was changed by someone else meanwhile.")
        self._records.append(change.record)
        for key in (change.created, change.replaced and change.replaced[1]):
            if key:
                self._keys[key.id] = key

    def note(self, record: AuditRecord) -> None:
        """Keeps the record of a change that is made elsewhere."""
        if record not in self._records:
            self._records.append(record)

    def list(self, limit: int, cursor: str | None = None) -> Page[AccessKey]:
        """Keys by id, a page at a time."""
        return _page([self._keys[key_id] for key_id in sorted(self._keys)], limit, cursor)

    def audit(self, limit: int, cursor: str | None = None) -> Page[AuditRecord]:
        """Audit records, newest first."""
        return _page(sorted(self._records, key=lambda record: record.at, reverse=True), limit, cursor)


def _page(everything: Sequence[T], limit: int, cursor: str | None) -> Page[T]:
    start = int(from_cursor(cursor)) if cursor else 0
    following = to_cursor(str(start + limit)) if start + limit < len(everything) else None
    return Page(tuple(everything[start : start + limit]), following)
