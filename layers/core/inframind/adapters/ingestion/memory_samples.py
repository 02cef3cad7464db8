"""SamplesQueue in memory, for tests."""

from collections.abc import Sequence


class MemorySamples:
    """A queue as a list of the bundles sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, bundles: Sequence[bytes]) -> None:
        """Queues every bundle."""
        self.sent.extend(bundles)
