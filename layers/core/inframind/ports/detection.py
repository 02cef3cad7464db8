"""What scoring samples, keeping anomalies and learning from stored samples need from the outside world."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from inframind.ports.paging import Page
from inframind.records import Anomaly, AnomalyPhase, Feedback, Severity

if TYPE_CHECKING:
    from inframind.detection.backfill.plan import Backfill


class ScoreQueue(Protocol):
    """ScoreQueue.fifo: frames and commands on their way to the scorer, in order within a shard."""

    def send(self, bundles: Mapping[int, Sequence[bytes]]) -> None:
        """Queues bundles by shard. The same bundle sent again within five minutes is one message."""

    def order(self, commands: Mapping[int, str]) -> None:
        """Queues a command, as text, for each shard. The same sent again within five minutes is one message."""

    def order_all(self, commands: Sequence[tuple[int, str]]) -> None:
        """Queues commands, as texts, each for a shard, in order; a repeat is one message, as of `order`."""


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

    def known(self, anomaly_ids: Collection[str]) -> Mapping[str, Anomaly]:
        """Those of the anomalies that there are, by id, in few calls; what a busy store passes over is left out."""

    def list(self, query: AnomalyQuery, limit: int, cursor: str | None = None) -> Page[Anomaly]:
        """The anomalies that match, newest first. A page may be short and yet have a cursor."""


class BackfillStore(Protocol):
    """Backfills by id, and which of their slices are done."""

    def create(self, backfill: "Backfill") -> "Backfill":
        """Keeps a new backfill; returns the one that has the id already, if there is one."""

    def get(self, backfill_id: str) -> "Backfill | None":
        """The backfill as far as it has come, or None."""

    def note(self, backfill_id: str, number: int, *, cut: bool) -> None:
        """Notes that a slice is done, and whether it was cut short. Noting it again, or of none, changes nothing."""
