"""Lines, packages and shards for tests."""

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from inframind.adapters.ingestion.drain3_clusters import Drain3Clusters
from inframind.ingestion.logs.lines import LEVELS, LogLine
from inframind.ingestion.logs.packing import packed, unpack
from inframind.ingestion.logs.shard import Owed, Shard
from inframind.signals import Signal

NOON_MS = 1_768_132_800_000  # 2026-01-11T12:00:00Z
MINUTE_MS = 60_000


def line(message: str = "ready", level: str = "INFO", **changes: Any) -> LogLine:
    """A line of the service `web` at noon; `at` in seconds after it."""
    at = changes.pop("at", 0)
    return LogLine(NOON_MS + round(1_000 * at), level, changes.pop("service", "web"), message, changes)


def errors(number: int, at: float = 0, message: str = "Database timeout after {} ms") -> list[LogLine]:
    """So many errors within a second."""
    return [line(message.format(place), "ERROR", at=at + place / 1_000) for place in range(number)]


class World:
    """A shard whose debts are collected: what the miner would have told."""

    def __init__(self) -> None:
        self.shard = Shard(Drain3Clusters)
        self.signals: list[Signal] = []
        self.frames: list[bytes] = []

    def take(self, lines: Sequence[LogLine], at: float | None = None) -> list[list[str]]:
        """Takes lines in, `at` seconds after noon (unless told: as they come); the ids of their templates."""
        now_ms = NOON_MS + round(1_000 * at) if at is not None else max(one.time_ms for one in lines)
        ids = self.shard.learn([(data, unpack(data)) for data in packed(lines, 1)], now_ms)
        self._collect()
        return ids

    def wait(self, until: float) -> None:
        """Looks once a minute, up to so many seconds after noon."""
        while self.shard.look_ms and self.shard.look_ms <= NOON_MS + 1_000 * until:
            self.shard.look(self.shard.look_ms)
            self.restart()
            self._collect()

    def restart(self) -> None:
        """The state goes to S3 and back."""
        self.shard = Shard.from_bytes(self.shard.to_bytes(), Drain3Clusters)

    def told(self) -> list[tuple[str, str]]:
        """(kind, status) of the signals so far."""
        return [(signal.kind, signal.status) for signal in self.signals]

    def _collect(self) -> None:
        self.signals += self.shard.owed.signals
        self.frames += self.shard.owed.frames
        self.shard.owed = Owed()


def texts(**limits: Any) -> st.SearchStrategy[str]:
    """Text as it can arrive: no lone surrogates."""
    return st.text(st.characters(exclude_categories=["Cs"]), **limits)


def any_lines() -> st.SearchStrategy[LogLine]:
    """Lines of every kind."""
    return st.builds(
        LogLine,
        time_ms=st.integers(0, 32_503_679_999_999),
        level=st.sampled_from(LEVELS),
        service=texts(min_size=1, max_size=20),
        message=texts(min_size=1, max_size=200),
        labels=st.dictionaries(texts(max_size=10), texts(max_size=10), max_size=3),
    )
