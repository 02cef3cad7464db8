"""What InfraMind needs from the outside world. Each port has adapters: AWS, and memory for tests.

Every method may raise `Unavailable` (a dependency failed, try again). Writes are safe to repeat.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from inframind.facts import Fact, RiskRaised
from inframind.frames import Frame
from inframind.port_nouns import CounterKey as CounterKey
from inframind.port_nouns import Page as Page
from inframind.records import (
    AccessKey,
    Anomaly,
    AnomalyPhase,
    AuditRecord,
    Feedback,
    KeyChange,
    ResourceSummary,
    RiskLevel,
    Severity,
)
from inframind.signal_ports import IncidentStore as IncidentStore
from inframind.signal_ports import SignalQueue as SignalQueue

if TYPE_CHECKING:
    from inframind.detection.detectors import Detector


class SampleQueue(Protocol):
    """SamplesQueue: packed frames on their way to the writer."""

    def send(self, bundles: Sequence[bytes]) -> None:
        """Queues every bundle (each at most `frames.BUNDLE_LIMIT` bytes), or raises `Unavailable`."""


class ScoreQueue(Protocol):
    """ScoreQueue.fifo: frames and commands on their way to the scorer, in order within a shard."""

    def send(self, bundles: Mapping[int, Sequence[bytes]]) -> None:
        """Queues bundles by shard. The same bundle sent again within five minutes is one message."""

    def order(self, commands: Mapping[int, str]) -> None:
        """Queues a command, as text, for each shard. The same sent again within five minutes is one message."""

    def order_all(self, commands: Sequence[tuple[int, str]]) -> None:
        """Queues commands, as texts, each for a shard, in order; a repeat is one message, as of `order`."""


@dataclass(frozen=True, slots=True)
class Written:
    """What could not be stored: resources to be tried again, with the reason, and series there is no room for."""

    failed: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, Collection[bytes]] = field(default_factory=dict)


class SeriesStore(Protocol):
    """The Series table: frames at rest, and the catalogue of resources."""

    def write(self, frames: Sequence[Frame], received_at: datetime) -> Written:
        """Stores frames; the same frame again changes nothing. Series beyond what a resource may have are left out."""

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


@dataclass(frozen=True, slots=True)
class StoredBank:
    """A bank's bytes and the version they were read at; `version` None: there is none yet."""

    data: bytes | None
    version: str | None


class BankStore(Protocol):
    """Detector state in S3, one object a shard."""

    def load(self, shard: int) -> StoredBank:
        """The shard's bank as it is now."""

    def save(self, shard: int, data: bytes, version: str | None) -> str:
        """Replaces the bank read at `version`; returns the new version. Raises `Conflict` if it has moved on."""

    def set_aside(self, shard: int, data: bytes) -> str:
        """Keeps an unreadable bank beside the shard's own, for a person to look at; returns where."""


@dataclass(frozen=True, slots=True)
class AnomalyQuery:
    """Which anomalies: of one resource or of all, detected in [since, until), of a severity, in a phase."""

    resource: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    severity: Severity | None = None
    phase: AnomalyPhase | None = None


class AnomalyStore(Protocol):
    """Anomalies: kept by id, listed newest first."""

    def put(self, anomalies: Sequence[Anomaly]) -> None:
        """Keeps anomalies; one with a known id is replaced (an open one never replaces a cleared one).

        Feedback that was given stays.
        """

    def judge(self, anomaly_id: str, feedback: Feedback) -> Anomaly | None:
        """The anomaly, with what a person says of it kept from now on; None if there is no such anomaly."""

    def get(self, anomaly_id: str) -> Anomaly | None:
        """The anomaly, or None."""

    def list(self, query: AnomalyQuery, limit: int, cursor: str | None = None) -> Page[Anomaly]:
        """The anomalies that match, newest first. A page may be short and yet have a cursor."""


class DetectorStore(Protocol):
    """What people ask of detection, by id."""

    def get(self, detector_id: str) -> "Detector | None":
        """The detector, or None."""

    def create(self, detector: "Detector") -> "Detector":
        """Keeps a new detector; returns the one that has the id already, if there is one."""

    def replace(self, detector: "Detector") -> bool:
        """Keeps the detector in the place of the one with its id; False if there is none."""

    def delete(self, detector_id: str) -> bool:
        """Forgets the detector; False if there is none."""

    def list(self, limit: int, cursor: str | None = None) -> "Page[Detector]":
        """Detectors by id, a page at a time."""

    def all(self) -> "Sequence[Detector]":
        """Every detector, by id."""


@dataclass(frozen=True, slots=True)
class KeptRisk:
    """A resource's level since `at`; `owed` is the rise to it, until that has been announced."""

    level: RiskLevel
    at: datetime
    owed: RiskRaised | None = None


class RiskStore(Protocol):
    """The last level of each resource, so that a rise is announced once."""

    def get(self, resource: str) -> KeptRisk | None:
        """What is kept of a resource, or None."""

    def move(self, resource: str, previous: KeptRisk | None, kept: KeptRisk) -> bool:
        """Keeps `kept` if what is kept is still `previous`; False if someone else moved it first."""

    def stopped_after(self) -> str | None:
        """The resource after which the assessor ran out of time, or None."""

    def stop_after(self, resource: str | None) -> None:
        """Notes where the assessor ran out of time; None: it did not."""


class FactBus(Protocol):
    """The EventBridge bus."""

    def announce(self, facts: Sequence[Fact]) -> None:
        """Puts every fact on the bus, or raises `Unavailable`."""


class KeyStore(Protocol):
    """Access keys by id, and the audit records of their changes."""

    def get(self, key_id: str) -> AccessKey | None:
        """The key, or None."""

    def put(self, key: AccessKey, *, create: bool = False) -> None:
        """Keeps the key; with `create`, raises `Conflict` if the id is taken."""

    def change(self, change: KeyChange) -> None:
        """Keeps the change and its record, both or neither.

        Raises `Conflict` if the created key's id is taken, or the replaced key is no longer as it was before.
        """

    def list(self, limit: int, cursor: str | None = None) -> Page[AccessKey]:
        """All keys, a page at a time."""

    def note(self, record: AuditRecord) -> None:
        """Keeps the record of a change that is made elsewhere; the same record again changes nothing."""

    def audit(self, limit: int, cursor: str | None = None) -> Page[AuditRecord]:
        """The records of changes, newest first."""


class CounterStore(Protocol):
    """Counters that outlive every function instance."""

    def add(self, counts: Mapping[CounterKey, float]) -> None:
        """Adds to each counter."""

    def read(self) -> Mapping[CounterKey, float]:
        """Every counter's total."""


class Dependency(Protocol):
    """Something the platform stands on."""

    @property
    def name(self) -> str:
        """What an operator calls it."""

    def check(self) -> None:
        """Returns if it answers, raises `Unavailable` if it does not."""
