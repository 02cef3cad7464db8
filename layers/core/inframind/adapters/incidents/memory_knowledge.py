"""What was learnt, in memory, for tests."""

from inframind.adapters.cursors import from_cursor, to_cursor
from inframind.incidents.knowledge.entries import Knowledge
from inframind.ports.paging import Page


class MemoryKnowledge:
    """The memory as a dictionary."""

    def __init__(self) -> None:
        self._kept: dict[str, Knowledge] = {}

    def get(self, knowledge_id: str) -> Knowledge | None:
        """The entry, or None."""
        return self._kept.get(knowledge_id)

    def put(self, entry: Knowledge) -> None:
        """Keeps the entry, in the place of the one with its id."""
        self._kept[entry.id] = entry

    def delete(self, knowledge_id: str) -> bool:
        """Forgets the entry; False if there is none."""
        return self._kept.pop(knowledge_id, None) is not None

    def list(self, limit: int, cursor: str | None = None) -> Page[Knowledge]:
        """Entries, newest first."""
        start = int(from_cursor(cursor)) if cursor else 0
        ordered = sorted(self._kept.values(), key=lambda one: (one.at, one.id), reverse=True)
        end = start + limit
        return Page(tuple(ordered[start:end]), to_cursor(str(end)) if end < len(ordered) else None)

    def recent(self) -> Page[Knowledge]:
        """The newest thousand."""
        return self.list(1_000)
