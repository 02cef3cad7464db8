"""The miner's surroundings in memory, and ways for them to fail."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from inframind import wiring
from inframind.adapters.detection.memory_banks import MemoryBanks
from inframind.adapters.incidents.memory_signals import MemorySignals
from inframind.adapters.ingestion.drain3_clusters import Drain3Clusters
from inframind.adapters.ingestion.memory_logs import MemoryLines, MemoryLogQueue
from inframind.adapters.ingestion.memory_samples import MemorySamples
from inframind.adapters.platform.memory_counters import MemoryCounters
from inframind.adapters.series.memory_quarantine import MemoryQuarantine
from inframind.frames import decode, to_text, unbundle
from inframind.ingestion.logs.at_rest import Query, found_in
from inframind.ingestion.logs.lines import LogLine
from inframind.ingestion.logs.packing import packed
from inframind.ingestion.logs.shard import Shard
from tests.conftest import load_handler
from tests.functions.fuse import Fuse, Killed

Event = dict[str, Any]
ALL_WELL: Event = {"batchItemFailures": []}


@dataclass
class World:
    """Every port the miner uses."""

    states: MemoryBanks = field(default_factory=MemoryBanks)
    kept: MemoryLines = field(default_factory=MemoryLines)
    samples: MemorySamples = field(default_factory=MemorySamples)
    signals: MemorySignals = field(default_factory=MemorySignals)
    queue: MemoryLogQueue = field(default_factory=MemoryLogQueue)
    aside: MemoryQuarantine = field(default_factory=MemoryQuarantine)
    counters: MemoryCounters = field(default_factory=MemoryCounters)

    def install(self, patch: pytest.MonkeyPatch, fuse: Fuse | None = None) -> None:
        """Makes wiring hand these out, through the fuse where there is one."""
        fuse = fuse or Fuse()
        ports = {
            "log_states": self.states,
            "lines": self.kept,
            "sample_queue": self.samples,
            "signal_queue": self.signals,
            "log_queue": self.queue,
        }
        for name, adapter in ports.items():
            patch.setattr(wiring, name, _always(fuse.around(adapter)))
        patch.setattr(wiring, "frame_quarantine", lambda: self.aside)
        patch.setattr(wiring, "counters", lambda: self.counters)

    def told(self) -> set[str]:
        """What the correlator hears, repeats dropped: kind, status and time of each signal."""
        return {f"{one.kind} {one.status} {one.observed_at}" for one in self.signals.sent}

    def counts(self) -> dict[tuple[str, bytes, int], str]:
        """What the series table holds: the value told last (as text: NaN equals itself)."""
        found = {}
        for bundled in self.samples.sent:
            for frame in map(decode, unbundle(bundled)):
                for row, time in enumerate(frame.times_ms.tolist()):
                    for column, key in enumerate(frame.series):
                        found[frame.resource, key, time] = str(frame.values[row, column])
        return found

    def lines(self) -> list[str]:
        """The lines kept, each once."""
        hits = [hit for data in self.kept.kept.values() for hit in found_in(data, Query(0, 10**15))]
        return sorted(f"{hit.template_id} {hit.line}" for hit in {hit.id: hit for hit in hits}.values())

    def templates(self, shard: int = 0) -> list[tuple[str, str, int]]:
        """Service, text and count of every template."""
        data = self.states.load(shard).data
        services = Shard.from_bytes(data, Drain3Clusters).services if data else {}
        return sorted((name, t.text, t.count) for name, one in services.items() for t in one.catalogue.templates)


def _always(adapter: Any) -> Callable[[], Any]:
    return lambda: adapter


def bodies(lines: Sequence[LogLine], shards: int = 1) -> list[str]:
    """The bodies of the messages that carry these lines."""
    return [to_text(data) for data in packed(lines, shards)]


def event(*texts: str) -> Event:
    """A batch of the queue."""
    records = [{"messageId": f"m{place}", "body": text, "attributes": {}} for place, text in enumerate(texts)]
    return {"Records": records}


def miner(now_ms: int) -> ModuleType:
    """A fresh process at that time."""
    module = load_handler("ingestion", "miner")
    module.time_ns = lambda: now_ms * 1_000_000  # type: ignore[attr-defined]
    return module


def until_done(process: ModuleType, part: Event, now_ms: int) -> ModuleType:
    """Delivers an event until it succeeds, in a new process after each kill."""
    for _ in range(4):
        try:
            if process.handler(part, None) == ALL_WELL:
                return process
        except Killed:
            process = miner(now_ms)
    raise AssertionError("it never succeeds")
