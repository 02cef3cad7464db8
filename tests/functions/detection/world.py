"""The scorer's surroundings in memory, and ways for them to fail."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from inframind import wiring
from inframind.adapters.detection.memory_anomalies import MemoryAnomalies
from inframind.adapters.detection.memory_banks import MemoryBanks
from inframind.adapters.memory_config_store import MemoryConfigStore
from inframind.adapters.platform.memory_counters import MemoryCounters
from inframind.adapters.platform.memory_facts import MemoryFacts
from inframind.adapters.series.memory_quarantine import MemoryQuarantine
from inframind.detection.detectors.detector import Detector
from inframind.frames import Frame, bundle, encode, to_text
from inframind.ports.detection import AnomalyQuery
from inframind.records import Anomaly
from tests.conftest import load_handler
from tests.functions.fuse import Fuse

Event = dict[str, Any]


@dataclass
class World:
    """Every port the scorer uses."""

    banks: MemoryBanks = field(default_factory=MemoryBanks)
    anomalies: MemoryAnomalies = field(default_factory=MemoryAnomalies)
    facts: MemoryFacts = field(default_factory=MemoryFacts)
    aside: MemoryQuarantine = field(default_factory=MemoryQuarantine)
    counters: MemoryCounters = field(default_factory=MemoryCounters)
    detectors: MemoryConfigStore[Detector] = field(default_factory=MemoryConfigStore)

    def install(self, patch: pytest.MonkeyPatch, fuse: Fuse | None = None) -> None:
        """Makes wiring hand these out, through the fuse where there is one."""
        fuse = fuse or Fuse()
        for name, adapter in (("banks", self.banks), ("anomalies", self.anomalies), ("facts", self.facts)):
            patch.setattr(wiring, name, _always(fuse.around(adapter)))
        patch.setattr(wiring, "frame_quarantine", lambda: self.aside)
        patch.setattr(wiring, "counters", lambda: self.counters)
        patch.setattr(wiring, "detectors", lambda: self.detectors)

    def table(self) -> list[Anomaly]:
        """Everything in the anomalies table."""
        return list(self.anomalies.list(AnomalyQuery(), 1000).items)

    def told(self) -> set[str]:
        """Ids of the facts announced, repeats dropped as listeners do."""
        return {fact.id for fact in self.facts.announced}


def _always(adapter: Any) -> Callable[[], Any]:
    return lambda: adapter


def event(*bodies: tuple[str, int]) -> Event:
    """A batch of the queue: bodies and their shards."""
    records = [
        {"messageId": f"m{i}", "body": body, "attributes": {"MessageGroupId": str(shard)}}
        for i, (body, shard) in enumerate(bodies)
    ]
    return {"Records": records}


def body(*frames: Frame) -> str:
    """The body of a message that carries these frames."""
    (packed,) = bundle([encode(one) for one in frames])
    return to_text(packed)


ALL_WELL: Event = {"batchItemFailures": []}


def scorer() -> ModuleType:
    """The handler in a fresh process, which reads banks and detectors anew."""
    return load_handler("detection", "scorer")
