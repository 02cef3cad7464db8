"""What builds need from the outside world."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from inframind.builds import Build, BuildOutcome, Suggestion
from inframind.ports.paging import Page

if TYPE_CHECKING:
    from inframind.optimization.log import BuildLog
    from inframind.optimization.places import Places


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
