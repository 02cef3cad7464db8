"""The series store in memory, for tests."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from inframind.adapters.cursors import from_cursor, to_cursor
from inframind.frames import Frame, by_hour, decode, encode
from inframind.identity import content_id
from inframind.ports.paging import Page
from inframind.ports.series import Written
from inframind.records import ResourceSummary, from_ms, to_ms
from inframind.series.catalogue import MAX_METRICS, REFRESH, Seen, metrics_of, seen_in
from inframind.series.ordering import StoredFrame, by_hours, hour_of, newest, oldest_first, received, time_key


class MemorySeries:
    """The series store as dictionaries."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, StoredFrame]] = {}
        self._seen: dict[str, Seen] = {}
        self._metrics: dict[str, set[str]] = {}

    def write(self, frames: Sequence[Frame], received_at: datetime | Mapping[str, datetime]) -> Written:
        """Stores frames; nothing ever fails."""
        frames = [frame for frame in frames if frame.values.size]
        at = received(received_at, {frame.resource for frame in frames})
        for frame in frames:
            at_ms = to_ms(at[frame.resource])
            for part in by_hour(frame):
                data = encode(part)
                key = f"frame#{time_key(int(part.times_ms[0]))}#{content_id([data], 12)}"
                self._kept.setdefault(frame.resource, {})[key] = StoredFrame(key, at_ms, decode(data))
            self._metrics.setdefault(frame.resource, set()).update(metrics_of(frame.series))
            seen = seen_in([frame], at_ms)
            self._seen[frame.resource] = seen.joined(self._seen.get(frame.resource, seen))
        return Written()

    def read(self, resource: str, start: datetime, end: datetime) -> Sequence[Frame]:
        """Frames that may hold samples in [start, end), oldest write first."""
        return oldest_first(self._between(resource, start, end))

    def hours(self, resource: str, start: datetime, end: datetime) -> Iterator[Sequence[Frame]]:
        """The same, an hour at a time."""
        return map(oldest_first, by_hours(self._between(resource, start, end)))

    def latest(self, resource: str, rows: int) -> Sequence[Frame]:
        """The frames of the newest hours that together hold `rows` times."""
        return newest(by_hours(reversed(self._sorted(resource))), rows)

    def summary(self, resource: str) -> ResourceSummary | None:
        """The resource, or None."""
        seen = self._seen.get(resource)
        if seen is None:
            return None
        metrics = tuple(sorted(self._metrics[resource])[:MAX_METRICS])
        return ResourceSummary(
            resource_id=resource, first_seen=from_ms(seen.first_ms), last_seen=from_ms(seen.last_ms), metrics=metrics
        )

    def resources(self, limit: int, cursor: str | None = None) -> Page[ResourceSummary]:
        """The catalogue by resource id, a page at a time."""
        after = from_cursor(cursor) if cursor else ""
        found = [summary for name in sorted(self._seen) if name > after and (summary := self.summary(name))]
        following = to_cursor(found[limit - 1].resource_id) if len(found) > limit else None
        return Page(tuple(found[:limit]), following)

    def active(self, since: datetime) -> Sequence[str]:
        """Resources that have sent a sample since then."""
        earliest = to_ms(since - REFRESH)
        return [resource for resource, seen in self._seen.items() if seen.arrived_ms >= earliest]

    def _sorted(self, resource: str) -> list[StoredFrame]:
        return sorted(self._kept.get(resource, {}).values(), key=lambda kept: kept.key)

    def _between(self, resource: str, start: datetime, end: datetime) -> Iterator[StoredFrame]:
        start_ms, end_ms = to_ms(start), to_ms(end)
        for kept in self._sorted(resource):
            times = kept.frame.times_ms
            if hour_of(start_ms) <= times[0] < end_ms and times[-1] >= start_ms:
                yield kept
