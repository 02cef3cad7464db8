"""What people configure, in memory, for tests."""

from typing import Any, Generic, TypeVar

from inframind.adapters.cursors import from_cursor, to_cursor
from inframind.ports.paging import Page

T = TypeVar("T")


class MemoryConfigStore(Generic[T]):
    """The configuration store as a dictionary."""

    def __init__(self) -> None:
        self._kept: dict[str, T] = {}

    def get(self, item_id: str) -> T | None:
        """The item, or None."""
        return self._kept.get(item_id)

    def create(self, item: T) -> T:
        """Keeps a new item; returns the one that has the id already, if there is one."""
        return self._kept.setdefault(_id(item), item)

    def replace(self, item: T) -> bool:
        """Keeps the item in the place of the one with its id; False if there is none."""
        if _id(item) not in self._kept:
            return False
        self._kept[_id(item)] = item
        return True

    def delete(self, item_id: str) -> bool:
        """Forgets the item; False if there is none."""
        return self._kept.pop(item_id, None) is not None

    def list(self, limit: int, cursor: str | None = None) -> Page[T]:
        """Items by id, a page at a time."""
        after = from_cursor(cursor) if cursor else ""
        names = [name for name in sorted(self._kept) if name > after]
        items = tuple(self._kept[name] for name in names[:limit])
        return Page(items, to_cursor(names[limit - 1]) if len(names) > limit else None)

    def all(self) -> Page[T]:
        """Every item, by id, on one page."""
        return Page(tuple(self._kept[name] for name in sorted(self._kept)))


def _id(item: Any) -> str:
    return str(item.id)
