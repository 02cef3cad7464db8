"""AnalysisQueue in memory, for tests."""


class MemoryAnalyses:
    """The analysis queue as a list of incident, delay, and whether a person asks."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int, bool]] = []

    def ask(self, incident_id: str, delay_s: int = 0, *, is_asked_for: bool = False) -> None:
        """Notes a look at the incident."""
        self.asked.append((incident_id, delay_s, is_asked_for))
