"""What signals and incidents need from the outside world."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

from inframind.errors import Unavailable
from inframind.signals import Incident, IncidentSeverity, IncidentStatus, Signal

if TYPE_CHECKING:
    from inframind.ports.paging import Page


class SignalQueue(Protocol):
    """SignalsQueue: signs of trouble on their way to the correlator, in any order."""

    def send(self, signals: Sequence[Signal]) -> None:
        """Queues every signal (each at most 8 KB as JSON), or raises `Unavailable`: some may be queued then."""

    def remind(self, due_ms: int, delay_s: int) -> None:
        """Queues a reminder to look again, which arrives after the delay: fifteen minutes at most."""

    def regroup(self) -> None:
        """Queues word that calls between services are known that were not: what is on the board is grouped anew."""


class RoundTooLarge(Unavailable):
    """The round is more than the store keeps in one step; so many parts of it may not be."""

    def __init__(self, detail: str, parts: int = 2) -> None:
        super().__init__(detail)
        self.parts = parts


@dataclass(frozen=True, slots=True)
class StoredBoard:
    """The correlator's board as bytes, and the version they were read at; 0: there is none yet."""

    data: bytes | None
    version: int


KeptKind = Literal["board", "cold_shard", "incident"]
"""What is replaced as a matter of course; `cold_shard` goes by its number, `incident` by its id."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of work leaves: the board read at `version` as it is now, and what changed with it."""

    board: bytes
    version: int
    incidents: Sequence[Incident] = ()
    deployments: Sequence[Signal] = ()
    cold: Mapping[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IncidentQuery:
    """Which incidents: in a status, of a service, of a severity; None: any."""

    status: IncidentStatus | None = None
    service: str | None = None
    severity: IncidentSeverity | None = None


class IncidentStore(Protocol):
    """IncidentsTable: incidents, deployments, and the board on which the open ones stand."""

    def board(self) -> StoredBoard:
        """The board as it is now, read consistently."""

    def commit(self, done: Round) -> int:
        """Keeps everything of a round, or nothing; returns the board's new version.

        At most 99 incidents, deployments and cold shards together. Raises `Conflict` if the board has moved on,
        `RoundTooLarge` if all of it is more than the store takes at once.
        """

    def cold_shards(self, numbers: Collection[int]) -> Mapping[int, bytes]:
        """Those of the board's cold shards that were ever written."""

    def get(self, incident_id: str) -> Incident | None:
        """The incident, or None. Raises `Damaged`."""

    def known(self, incident_ids: Collection[str]) -> "Page[Incident]":
        """Those of the incidents that there are, all on one page."""

    def set_aside(self, kind: KeptKind, name: str = "") -> None:
        """Keeps a copy of what cannot be read for good, so that something may take its place."""

    def list(self, query: IncidentQuery, limit: int, cursor: str | None = None) -> "Page[Incident]":
        """The incidents that match, newest first, without signals and time lines. A page may be short."""

    def deployments(self, service: str | None, limit: int, cursor: str | None = None) -> "Page[Signal]":
        """Deployments, newest first. A page may be short."""
