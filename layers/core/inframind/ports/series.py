"""What storing and reading series needs from the outside world."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from inframind.frames import Frame
from inframind.ports.paging import Page
from inframind.records import ResourceSummary


class SampleQueue(Protocol):
    """SamplesQueue: packed frames on their way to the writer."""

    def send(self, bundles: Sequence[bytes]) -> None:
        """Queues every bundle (each at most `frames.BUNDLE_LIMIT` bytes), or raises `Unavailable`."""


@dataclass(frozen=True, slots=True)
class Written:
    """What could not be stored: resources to be tried again, with the reason, and series there is no room for."""

    failed: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, Collection[bytes]] = field(default_factory=dict)


class SeriesStore(Protocol):
    """The Series table: frames at rest, and the catalogue of resources."""

    def write(self, frames: Sequence[Frame], received_at: datetime | Mapping[str, datetime]) -> Written:
        """Stores frames; the same frame again changes nothing. Series beyond what a resource may have are left out.

        `received_at`, of all frames or by resource, decides between two values of one sample: the later one is read.
        """

    def read(self, resource: str, start: datetime, end: datetime) -> Sequence[Frame]:
        """Frames of `resource` that may hold samples in [start, end), oldest write first."""

    def hours(self, resource: str, start: datetime, end: datetime) -> Iterator[Sequence[Frame]]:
        """What `read` returns, one UTC hour after the other, fetched as far as it is asked for."""

    def latest(self, resource: str, rows: int) -> Sequence[Frame]:
        """The newest frames that together hold at least `rows` timestamps (or all there are), oldest write first."""

    def summary(self, resource: str) -> ResourceSummary | None:
        """The resource as the catalogue lists it, or None if it is not there."""

    def resources(self, limit: int, cursor: str | None = None) -> Page[ResourceSummary]:
        """The catalogue by resource id, a page at a time."""

    def active(self, since: datetime) -> Sequence[str]:
        """Resources that have sent a sample since then."""


class FrameQuarantine(Protocol):
    """Where unreadable frames are set aside, so that the good ones behind them pass."""

    def set_aside(self, data: bytes, reason: str) -> None:
        """Keeps the bytes with the reason, under a name derived from content."""
