"""The quarantine in memory, for tests."""

from inframind.identity import content_id


class MemoryQuarantine:
    """The quarantine as a dictionary: content id -> (bytes, reason)."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[bytes, str]] = {}

    def set_aside(self, data: bytes, reason: str) -> None:
        """Keeps the bytes with the reason; the same bytes are one entry."""
        self.kept[content_id([data])] = (data, reason)
