"""The scorer's surroundings in memory, and ways for them to fail."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from inframind import wiring
from inframind.adapters.memory_anomalies import MemoryAnomalies
from inframind.adapters.memory_banks import MemoryBanks
from inframind.adapters.memory_counters import MemoryCounters
from inframind.adapters.memory_facts import MemoryFacts
from inframind.adapters.memory_quarantine import MemoryQuarantine
from inframind.frames import Frame, bundle, encode, to_text
from inframind.ports import AnomalyQuery
from inframind.records import Anomaly

Event = dict[str, Any]


class Killed(BaseException):
    """The process ends here and now: nothing catches this."""


class Fuse:
    """Calls through to an adapter; the call with the chosen number fails, before or after it has had its effect."""

    def __init__(self, at: int = -1, failure: BaseException | None = None, *, after: bool = False) -> None:
        self.calls = 0
        self._at, self._failure, self._after = at, failure, after

    def around(self, adapter: Any) -> Any:
        """The adapter, through the fuse."""
        return _Fused(adapter, self)

    def call(self, work: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """One call of an adapter."""
        self.calls += 1
        blows = self.calls - 1 == self._at and self._failure is not None
        if blows and not self._after:
            raise self._failure  # type: ignore[misc]
        answer = work(*arguments)
        if blows:
            raise self._failure  # type: ignore[misc]
        return answer


class _Fused:
    def __init__(self, adapter: Any, fuse: Fuse) -> None:
        self._adapter, self._fuse = adapter, fuse

    def __getattr__(self, name: str) -> Any:
        return lambda *arguments: self._fuse.call(getattr(self._adapter, name), arguments)


@dataclass
class World:
    """Every port the scorer uses."""

    banks: MemoryBanks = field(default_factory=MemoryBanks)
    anomalies: MemoryAnomalies = field(default_factory=MemoryAnomalies)
    facts: MemoryFacts = field(default_factory=MemoryFacts)
    aside: MemoryQuarantine = field(default_factory=MemoryQuarantine)
    counters: MemoryCounters = field(default_factory=MemoryCounters)

    def install(self, patch: pytest.MonkeyPatch, fuse: Fuse | None = None) -> None:
        """Makes wiring hand these out, through the fuse where there is one."""
        fuse = fuse or Fuse()
        for name, adapter in (("banks", self.banks), ("anomalies", self.anomalies), ("facts", self.facts)):
            patch.setattr(wiring, name, _always(fuse.around(adapter)))
        patch.setattr(wiring, "frame_quarantine", lambda: self.aside)
        patch.setattr(wiring, "counters", lambda: self.counters)

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
