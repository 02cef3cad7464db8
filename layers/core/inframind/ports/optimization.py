"""What builds, and the models that learn from them, need from the outside world."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from inframind.builds import Build, BuildOutcome, Suggestion
from inframind.ports.paging import Page

if TYPE_CHECKING:
    from inframind.optimization.log import BuildLog
    from inframind.optimization.places import Places
    from inframind.optimization.versions import Kind, Ledger


class BuildQueue(Protocol):
    """BuildsQueue: what is told of builds on its way to the recorder, in any order."""

    def send(self, messages: Sequence[str]) -> None:
        """Queues every message (each at most 128 KB), or raises `Unavailable`: some may be queued then."""


@dataclass(frozen=True, slots=True)
class StoredLog:
    """A build's log and the version it was read at; 0: there is none yet."""

    log: "BuildLog | None"
    version: int


@dataclass(frozen=True, slots=True)
class StoredPlaces:
    """Which pipelines have counters of their own, and the version that was read; 0: nobody has asked yet."""

    places: "Places"
    version: int


@dataclass(frozen=True, slots=True)
class BuildQuery:
    """Which builds: of a pipeline, of an outcome, started before; None: any."""

    pipeline: str | None = None
    outcome: BuildOutcome | None = None
    before: datetime | None = None


class BuildStore(Protocol):
    """BuildsTable: the log of every build, listed by time, and the suggestions that were made."""

    def load(self, run_id: str) -> StoredLog:
        """The build's log as it is now, read consistently."""

    def save(self, log: "BuildLog", version: int) -> None:
        """Replaces the log read at `version`; raises `Conflict` if it has moved on, `TooLarge` if it is."""

    def get(self, run_id: str) -> Build | None:
        """The build that follows from the log, or None."""

    def list(self, query: BuildQuery, limit: int, cursor: str | None = None) -> Page[Build]:
        """The builds that match, started last first, with their steps. A page may be short and yet have a cursor."""

    def quiet(self, before: datetime, limit: int) -> Sequence[str]:
        """Running builds that were last heard of before then, the quietest first, at most so many."""

    def claim(self, run_id: str, teller: str) -> str:
        """Who owns the run: whoever claimed it first, which this one now may have been."""

    def places(self) -> StoredPlaces:
        """Which pipelines have counters of their own, read consistently."""

    def seat(self, places: "Places", version: int) -> None:
        """Replaces the places read at `version`; raises `Conflict` if they have moved on."""

    def suggest(self, suggestion: Suggestion) -> None:
        """Keeps a suggestion, by its id."""

    def suggestion(self, suggestion_id: str) -> Suggestion | None:
        """The suggestion, or None."""


@dataclass(frozen=True, slots=True)
class StoredLedger:
    """The versions of a kind, and the tag they were read at; None: there are none yet."""

    ledger: "Ledger"
    tag: str | None


class ModelStore(Protocol):
    """Models in S3: the bytes of each version, and one ledger a kind."""

    def load(self, kind: "Kind") -> StoredLedger:
        """The ledger as it is now."""

    def save(self, ledger: "Ledger", tag: str | None) -> str:
        """Replaces the ledger read at `tag`; returns the new tag. Raises `Conflict` if it has moved on."""

    def put(self, version: str, data: bytes) -> None:
        """Keeps the bytes of a version; a version that is there already stays as it is."""

    def data(self, version: str) -> bytes:
        """The bytes of a version. Raises `NotFound` if there are none."""

    def prune(self, kind: "Kind", needed: Collection[str], before: datetime) -> None:
        """Deletes the bytes of a kind's versions, kept before then, that are not needed: up to 1,000 at a time."""


class TrainingQueue(Protocol):
    """TrainingQueue: orders to train now."""

    def order(self, by: str) -> None:
        """Queues an order in the name of whoever gives it, or raises `Unavailable`."""
