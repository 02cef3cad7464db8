"""The Series table in DynamoDB: frames at rest, the dictionaries of their names, and the catalogue of resources."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from inframind.adapters.at_once import settled
from inframind.adapters.dynamo_many import write_many
from inframind.adapters.series.dynamo_catalogue import DynamoCatalogue
from inframind.adapters.series.dynamo_frames import DynamoFrames, Item, Packed
from inframind.adapters.series.dynamo_names import DynamoNames
from inframind.errors import Unavailable
from inframind.frames import Frame, FrameUnreadable, by_hour, halves, is_readable
from inframind.ports.paging import Page
from inframind.ports.series import Written
from inframind.records import ResourceSummary, to_ms
from inframind.series.at_rest import decode_at_rest, encode_at_rest
from inframind.series.catalogue import metrics_of, seen_in
from inframind.series.merging import without
from inframind.series.ordering import StoredFrame, by_hours, hour_of, newest, oldest_first, received

ITEM_BYTES = 380_000  # of the 400 KB an item may take, keys and times included


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long samples are kept, and of how many series of a resource."""

    retention: timedelta
    series: int = 50_000


class DynamoSeries:
    """The series store on a boto3 DynamoDB client."""

    def __init__(self, client: Any, table: str, keeping: Keeping, pause: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._retention = keeping.retention
        self._frames = DynamoFrames(client, table, pause)
        self._names = DynamoNames(client, table, keeping.series)
        self._catalogue = DynamoCatalogue(client, table, keeping.retention)

    def write(self, frames: Sequence[Frame], received_at: datetime | Mapping[str, datetime]) -> Written:
        """Stores frames, without the series for which their resource has no room."""
        by_resource: dict[str, list[Frame]] = {}
        for frame in frames:
            if frame.values.size:
                by_resource.setdefault(frame.resource, []).append(frame)
        at = received(received_at, by_resource)
        with suppress(Unavailable):  # then each resource is tried by itself, and says so itself
            self._meet(by_resource)
        done, failed = settled(self._packed, by_resource)
        items = [one.item(at[one.resource], self._retention) for packed, _ in done for one in packed]
        failed |= self._frames.put(items)
        refused = {name: names for _, (name, names) in done if names and name not in failed}
        seen = {name: seen_in(of_one, to_ms(at[name])) for name, of_one in by_resource.items() if name not in failed}
        return Written(failed | self._catalogue.note_all(seen), refused)

    def read(self, resource: str, start: datetime, end: datetime) -> Sequence[Frame]:
        """Frames that may hold samples in [start, end), oldest write first."""
        return oldest_first(self._between(resource, start, end))

    def hours(self, resource: str, start: datetime, end: datetime) -> Iterator[Sequence[Frame]]:
        """The same, an hour at a time."""
        return map(oldest_first, by_hours(self._between(resource, start, end)))

    def latest(self, resource: str, rows: int) -> Sequence[Frame]:
        """The frames of the newest hours that together hold `rows` times."""
        return newest(by_hours(self._kept(resource, self._frames.newest(resource))), rows)

    def summary(self, resource: str) -> ResourceSummary | None:
        """The resource, or None."""
        return self._catalogue.summary(resource)

    def resources(self, limit: int, cursor: str | None = None) -> Page[ResourceSummary]:
        """The catalogue by resource id, a page at a time."""
        return self._catalogue.list(limit, cursor)

    def active(self, since: datetime) -> Sequence[str]:
        """Resources that have sent a sample since then."""
        return self._catalogue.active(since)

    def _meet(self, by_resource: Mapping[str, Sequence[Frame]]) -> None:
        """Enters the names and metrics of new resources, fifty a call: a fleet may come all at once."""
        pages, groups = {}, {}
        for resource in self._names.meet(by_resource):
            series = self._names.fitting(resource, _distinct(frame.series for frame in by_resource[resource]))
            pages[resource], (put, size) = self._names.first_page(resource, series)
            metrics = metrics_of(series)
            addition = {"Update": self._catalogue.addition(resource, metrics)}
            groups[resource] = ([addition, *put], size + sum(map(len, metrics)))
        written = write_many(self._client, groups)
        self._names.begun({resource: pages[resource] for resource in written})

    def _packed(self, resource: str, frames: Sequence[Frame]) -> tuple[list[Packed], tuple[str, set[bytes]]]:
        self._name(resource, frames)
        dictionary = self._names.of(resource)
        refused = {name for frame in frames for name in dictionary.missing(frame.series)}
        waiting = [part for frame in frames for part in by_hour(without(frame, refused)) if part.values.size]
        packed = []
        while waiting:
            part = waiting.pop()
            data = encode_at_rest(part, dictionary.ordinals(part.series)) if is_readable(part) else None
            if data is None or len(data) > ITEM_BYTES:
                waiting += halves(part)
            else:
                packed.append(Packed(resource, data, int(part.times_ms[0]), int(part.times_ms[-1])))
        return packed, (resource, refused)

    def _name(self, resource: str, frames: Sequence[Frame]) -> None:
        known = self._names.of(resource)
        missing = self._names.fitting(resource, _distinct(known.missing(frame.series) for frame in frames))
        if missing:
            # Metrics first: a name once in the dictionary is never missing again, and its metric would never be listed.
            self._catalogue.add_metrics(resource, metrics_of(missing))
            self._names.add(resource, missing)

    def _between(self, resource: str, start: datetime, end: datetime) -> Iterator[StoredFrame]:
        start_ms, end_ms = to_ms(start), to_ms(end)
        items = self._frames.between(resource, hour_of(start_ms), end_ms)
        return self._kept(resource, (item for item in items if int(item["last_ms"]["N"]) >= start_ms))

    def _kept(self, resource: str, items: Iterable[Item]) -> Iterator[StoredFrame]:
        series: tuple[bytes, ...] = ()
        of = b""
        for item in items:
            key = item["sk"]["S"]
            try:
                rested = decode_at_rest(bytes(item["data"]["B"]))
                if rested.ordinals.tobytes() != of:  # most frames of a resource hold the same series
                    of, series = rested.ordinals.tobytes(), self._series(resource, rested.ordinals.tolist())
            except FrameUnreadable as error:
                raise Unavailable(f"Item {key} of resource {resource} cannot be read.") from error
            yield StoredFrame(key, int(item["written"]["N"]), Frame(resource, series, *rested.grid))

    def _series(self, resource: str, ordinals: Sequence[int]) -> tuple[bytes, ...]:
        names = self._names.reaching(resource, max(ordinals, default=-1)).names
        if ordinals and ordinals[-1] >= len(names):
            raise FrameUnreadable("a series of this frame is not in the dictionary")
        return tuple(names[ordinal] for ordinal in ordinals)


def _distinct(names: Iterable[Iterable[bytes]]) -> list[bytes]:
    return list(dict.fromkeys(name for some in names for name in some))
