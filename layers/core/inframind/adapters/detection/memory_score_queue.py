"""The score queue in memory, for tests."""

from collections.abc import Mapping, Sequence

from inframind.identity import content_id


class MemoryScoreQueue:
    """The score queue as a list of (shard, bundle) per message."""

    def __init__(self) -> None:
        self.messages: list[tuple[int, bytes]] = []
        self.commands: list[tuple[int, str]] = []
        self._sent: set[tuple[int, str]] = set()

    def send(self, bundles: Mapping[int, Sequence[bytes]]) -> None:
        """Queues bundles by shard; the same bundle sent again is one message."""
        for shard, queued in bundles.items():
            for data in queued:
                if (shard, content_id([data])) not in self._sent:
                    self._sent.add((shard, content_id([data])))
                    self.messages.append((shard, data))

    def order(self, commands: Mapping[int, str]) -> None:
        """Queues a command, as text, for each shard; the same sent again is one message."""
        self.order_all(list(commands.items()))

    def order_all(self, commands: Sequence[tuple[int, str]]) -> None:
        """Queues commands, as texts, each for a shard, in order; a repeat is one message, as of `order`."""
        for shard, text in commands:
            if (shard, content_id([text.encode()])) not in self._sent:
                self._sent.add((shard, content_id([text.encode()])))
                self.commands.append((shard, text))
