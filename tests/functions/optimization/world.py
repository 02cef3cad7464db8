"""Every port of the functions of optimization in memory, through a fuse where a test wants one to blow."""

import json
from typing import Any

import pytest

from inframind import wiring
from inframind.adapters.ingestion.memory_samples import MemorySamples
from inframind.adapters.optimization.memory_builds import MemoryBuildQueue, MemoryBuilds
from inframind.adapters.platform.memory_counters import MemoryCounters
from inframind.frames import decode, unbundle
from inframind.records import to_ms
from tests.conftest import Account, load_handler
from tests.contracts.builds import at
from tests.functions.fuse import Fuse

PORTS = ("builds", "sample_queue")


class World:
    """Ports; a recorder is a fresh process each time."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch
        self.builds, self.sample_queue, self.build_queue = MemoryBuilds(), MemorySamples(), MemoryBuildQueue()
        self.counters = MemoryCounters()
        patch.setattr(wiring, "counters", lambda: self.counters)
        patch.setattr(wiring, "build_queue", lambda: self.build_queue)
        self.through(Fuse())

    def through(self, fuse: Fuse) -> None:
        """From now on builds and samples are reached through this fuse."""
        for name in PORTS:
            fused = fuse.around(getattr(self, name))
            self.patch.setattr(wiring, name, lambda fused=fused: fused)

    def deliver(self, *told: dict[str, Any], minute: float = 30) -> dict[str, Any]:
        """The recorder's answer to messages sent at that minute."""
        return dict(load_handler("optimization", "recorder").handler(event(*told, minute=minute), None))

    def close(self) -> dict[str, Any]:
        """What the closer did."""
        return dict(load_handler("optimization", "closer").handler({}, None))

    def samples(self) -> dict[tuple[str, bytes, int], float]:
        """The newest value of each series and time that was sent."""
        frames = [decode(data) for sent in self.sample_queue.sent for data in unbundle(sent)]
        return {
            (frame.resource, name, int(time)): float(value)
            for frame in frames
            for time, row in zip(frame.times_ms, frame.values, strict=True)
            for name, value in zip(frame.series, row, strict=True)
        }

    def counted(self, name: str, **labels: str) -> float:
        """What a counter stands at."""
        return self.counters.read().get((name, tuple(sorted(labels.items()))), 0.0)


def stored(aws: Account) -> dict[str, Any]:
    """The item of the only build in the table."""
    items = aws.client("dynamodb").scan(TableName=aws.environment["BUILDS_TABLE"])["Items"]
    (item,) = (one for one in items if one["pk"]["S"].startswith("build#"))
    return dict(item)


def event(*told: dict[str, Any], minute: float = 30) -> dict[str, Any]:
    """A batch of messages as SQS delivers it."""
    sent = {"SentTimestamp": str(to_ms(at(minute)))}
    texts = [one if isinstance(one, str) else json.dumps(one) for one in told]
    return {
        "Records": [{"messageId": str(place), "body": text, "attributes": sent} for place, text in enumerate(texts)]
    }
