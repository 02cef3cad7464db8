"""Facts in memory, for tests."""

from collections.abc import Sequence

from inframind.facts import Fact


class MemoryFacts:
    """The fact bus as a list of what was announced."""

    def __init__(self) -> None:
        self.announced: list[Fact] = []

    def announce(self, facts: Sequence[Fact]) -> None:
        """Keeps every fact."""
        self.announced.extend(facts)
