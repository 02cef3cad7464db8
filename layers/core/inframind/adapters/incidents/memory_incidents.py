"""Incidents in memory, for tests."""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from inframind.adapters.cursors import from_cursor, to_cursor
from inframind.errors import Conflict
from inframind.ports.incidents import IncidentQuery, KeptKind, Round, StoredBoard
from inframind.ports.paging import Page
from inframind.records import to_ms
from inframind.signals import Incident, Signal

MOST = 99  # items of a round beside the board: with it as many as a transaction of DynamoDB holds

T = TypeVar("T")


class MemoryIncidents:
    """The incident store as dictionaries."""

    def __init__(self) -> None:
        self._board = StoredBoard(None, 0)
        self._incidents: dict[str, Incident] = {}
        self._deployments: dict[str, Signal] = {}
        self._cold_shards: dict[int, bytes] = {}
        self.aside: list[tuple[KeptKind, str]] = []

    def board(self) -> StoredBoard:
        """The board as it is now."""
        return self._board

    def commit(self, done: Round) -> int:
        """Keeps everything of a round, or nothing; returns the board's new version."""
        if done.version != self._board.version:
            raise Conflict("The board of incidents has moved on.")
        if len(done.incidents) + len(done.deployments) + len(done.cold) > MOST:
            raise ValueError(f"A round writes no more than {MOST} items beside the board.")
        self._board = StoredBoard(done.board, done.version + 1)
        self._incidents |= {one.id: one for one in done.incidents}
        self._deployments |= {one.fingerprint: one for one in done.deployments}
        self._cold_shards |= done.cold
        return self._board.version

    def cold_shards(self, numbers: Collection[int]) -> Mapping[int, bytes]:
        """Those of the board's cold shards that were ever written."""
        return {number: self._cold_shards[number] for number in numbers if number in self._cold_shards}

    def get(self, incident_id: str) -> Incident | None:
        """The incident, or None."""
        return self._incidents.get(incident_id)

    def known(self, incident_ids: Collection[str]) -> Page[Incident]:
        """Those of the incidents that there are."""
        return Page(tuple(self._incidents[name] for name in incident_ids if name in self._incidents))

    def set_aside(self, kind: KeptKind, name: str = "") -> None:
        """Notes what was to be set aside."""
        self.aside.append((kind, name))

    def list(self, query: IncidentQuery, limit: int, cursor: str | None = None) -> Page[Incident]:
        """The incidents that match, newest first, without signals and time lines."""
        found = [
            one.model_copy(update={"signals": (), "timeline": (), "measurements": ()})
            for one in sorted(self._incidents.values(), key=lambda one: (to_ms(one.opened_at), one.id), reverse=True)
            if query.status in (None, one.status)
            and query.severity in (None, one.severity)
            and (query.service is None or query.service in one.services)
        ]
        return _page(found, limit, cursor)

    def deployments(self, service: str | None, limit: int, cursor: str | None = None) -> Page[Signal]:
        """Deployments, newest first."""
        ordered = sorted(
            self._deployments.values(), key=lambda one: (to_ms(one.observed_at), one.fingerprint), reverse=True
        )
        return _page([one for one in ordered if service in (None, one.service)], limit, cursor)


def _page(found: Sequence[T], limit: int, cursor: str | None) -> Page[T]:
    start = int(from_cursor(cursor)) if cursor else 0
    end = start + limit
    return Page(tuple(found[start:end]), to_cursor(str(end)) if end < len(found) else None)
