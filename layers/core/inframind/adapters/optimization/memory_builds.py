"""Builds and BuildsQueue in memory, for tests."""

from collections.abc import Sequence
from datetime import datetime

from inframind.adapters.cursors import from_cursor, to_cursor
from inframind.builds import Build, Suggestion
from inframind.errors import Conflict
from inframind.optimization.log import BuildLog, build_of, packed
from inframind.optimization.places import Places
from inframind.ports.optimization import BuildQuery, StoredLog, StoredPlaces
from inframind.ports.paging import Page
from inframind.records import to_ms


class MemoryBuildQueue:
    """A queue as a list of the messages sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, messages: Sequence[str]) -> None:
        """Queues every message."""
        self.sent.extend(messages)


class MemoryBuilds:
    """The build store as dictionaries."""

    def __init__(self) -> None:
        self._logs: dict[str, StoredLog] = {}
        self._suggestions: dict[str, Suggestion] = {}
        self._owners: dict[str, str] = {}
        self._places = StoredPlaces(Places(), 0)

    def load(self, run_id: str) -> StoredLog:
        """The build's log as it is now."""
        return self._logs.get(run_id, StoredLog(None, 0))

    def save(self, log: BuildLog, version: int) -> None:
        """Replaces the log read at `version`; raises `Conflict` if it has moved on, `TooLarge` if it is."""
        packed(log)
        if self.load(log.run_id).version != version:
            raise Conflict(f"Build {log.run_id} has moved on.")
        self._logs[log.run_id] = StoredLog(log, version + 1)

    def get(self, run_id: str) -> Build | None:
        """The build that follows from the log, or None."""
        log = self.load(run_id).log
        return build_of(log) if log else None

    def list(self, query: BuildQuery, limit: int, cursor: str | None = None) -> Page[Build]:
        """The builds that match, started last first."""
        start = int(from_cursor(cursor)) if cursor else 0
        matching = [
            one
            for one in sorted(self._all(), key=lambda one: (to_ms(one.started_at), one.run_id), reverse=True)
            if query.pipeline in (None, one.pipeline) and query.outcome in (None, one.outcome)
            if query.before is None or one.started_at < query.before
        ]
        end = start + limit
        return Page(tuple(matching[start:end]), to_cursor(str(end)) if end < len(matching) else None)

    def quiet(self, before: datetime, limit: int) -> Sequence[str]:
        """Running builds that were last heard of before then, the quietest first."""
        heard = sorted((kept.log.heard_at, run_id) for run_id, kept in self._logs.items() if kept.log)
        running = {one.run_id for one in self._all() if one.outcome == "running"}
        return [run_id for at, run_id in heard if at < before and run_id in running][:limit]

    def claim(self, run_id: str, teller: str) -> str:
        """Who owns the run: whoever claimed it first."""
        return self._owners.setdefault(run_id, teller)

    def places(self) -> StoredPlaces:
        """Which pipelines have counters of their own."""
        return self._places

    def seat(self, places: Places, version: int) -> None:
        """Replaces the places read at `version`; raises `Conflict` if they have moved on."""
        if self._places.version != version:
            raise Conflict("The places have moved on.")
        self._places = StoredPlaces(places, version + 1)

    def suggest(self, suggestion: Suggestion) -> None:
        """Keeps a suggestion, by its id."""
        self._suggestions[suggestion.id] = suggestion

    def suggestion(self, suggestion_id: str) -> Suggestion | None:
        """The suggestion, or None."""
        return self._suggestions.get(suggestion_id)

    def _all(self) -> Sequence[Build]:
        logs = [kept.log for kept in self._logs.values() if kept.log]
        return [build for log in logs if (build := build_of(log))]
