"""What signals and incidents need from the outside world; `ports` offers these beside the others."""

from collections.abc import Sequence
from typing import Protocol

from inframind.signals import Signal


class SignalQueue(Protocol):
    """SignalsQueue: signs of trouble on their way to the correlator, in any order."""

    def send(self, signals: Sequence[Signal]) -> None:
        """Queues every signal (each at most 8 KB as JSON), or raises `Unavailable`: some may be queued then."""

    def remind(self, due_ms: int, delay_s: int) -> None:
        """Queues a reminder to look again, which arrives after the delay: fifteen minutes at most."""
