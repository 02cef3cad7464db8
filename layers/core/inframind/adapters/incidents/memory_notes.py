"""Notes in memory, for tests."""


class MemoryNotes:
    """The note store as a dictionary."""

    def __init__(self) -> None:
        self.notes: dict[str, str] = {}

    def read(self, name: str) -> str | None:
        """The note as it is now, or None."""
        return self.notes.get(name)

    def write(self, name: str, text: str, known: str | None) -> bool:
        """Keeps the text if the note is still `known`; whether it was."""
        if self.notes.get(name) != known:
            return False
        self.notes[name] = text
        return True
