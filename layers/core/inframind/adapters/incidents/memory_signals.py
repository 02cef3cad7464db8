"""SignalsQueue in memory, for tests."""

from collections.abc import Sequence

from inframind.signals import Signal


class MemorySignals:
    """A queue as a list of the signals sent, and of the reminders as (due, delay)."""

    def __init__(self) -> None:
        self.sent: list[Signal] = []
        self.reminders: list[tuple[int, int]] = []
        self.regroupings = 0

    def send(self, signals: Sequence[Signal]) -> None:
        """Queues every signal."""
        self.sent.extend(signals)

    def remind(self, due_ms: int, delay_s: int) -> None:
        """Queues a reminder that arrives after the delay."""
        self.reminders.append((due_ms, delay_s))

    def regroup(self) -> None:
        """Queues word that calls between services are known that were not."""
        self.regroupings += 1
