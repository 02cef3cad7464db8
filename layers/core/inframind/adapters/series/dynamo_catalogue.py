"""The catalogue of resources in the Series table: sixteen partitions of times, sixteen of metric names.

Times change all the while, metric names hardly ever, and an update is billed by the size of the whole item.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from types import MappingProxyType
from typing import Any

from inframind.adapters.at_once import at_once, settled
from inframind.adapters.aws import unavailable_as
from inframind.adapters.cursors import from_cursor, to_cursor
from inframind.adapters.dynamo_limits import could_be_kept
from inframind.adapters.dynamo_many import Group, read_many, write_many
from inframind.errors import Unavailable
from inframind.identity import shard_of
from inframind.ports.paging import Page
from inframind.records import ResourceSummary, from_ms, to_ms
from inframind.series.catalogue import MAX_METRICS, REFRESH, Seen

PARTITIONS = 16
ATTEMPTS = 5
REMEMBERED = 50_000
ENTRY_BYTES = 2_000  # of a resource of 512 bytes, twice in its item, and some to spare

Item = dict[str, dict[str, Any]]


class DynamoCatalogue:
    """Reads and updates the catalogue, remembering what it last saw of each resource."""

    def __init__(self, client: Any, table: str, retention: timedelta) -> None:
        self._client = client
        self._table = table
        self._retention = retention
        self._known: dict[str, Seen] = {}

    def note_all(self, seen: Mapping[str, Seen]) -> dict[str, str]:
        """Keeps what is new about each resource; returns those that failed, with the reason."""
        with suppress(Unavailable):  # then each is tried by itself, and says so itself
            self._meet({name: one for name, one in seen.items() if name not in self._known})
        return settled(self.note, seen)[1]

    def _meet(self, seen: Mapping[str, Seen]) -> None:
        """Takes in what the catalogue holds of resources that are not known yet, and enters those it does not hold."""
        found = read_many(self._client, self._table, {name: _key("catalogue", name) for name in seen})
        for name, item in found.items():
            if item is not None:
                self._remember(name, _seen(item))
        new = [name for name, item in found.items() if item is None]
        entries: dict[str, Group] = {name: ([{"Put": self._put(name, seen[name])}], ENTRY_BYTES) for name in new}
        for name in write_many(self._client, entries):
            self._remember(name, seen[name])

    def note(self, resource: str, seen: Seen) -> None:
        """Keeps what is new about a resource; times lag behind by less than `REFRESH`."""
        known = self._known.get(resource)
        for attempt in range(ATTEMPTS):
            if known is None or not known.covers(seen):
                known = self._read(resource, consistent=attempt > 0)
            if known is None or not known.covers(seen):
                known = self._update(resource, seen if known is None else known.joined(seen))
            if known is not None:
                self._remember(resource, known)
                return
        raise Unavailable("Others keep updating this resource.", retry_after_s=1)

    def add_metrics(self, resource: str, metrics: set[str]) -> None:
        """Adds metric names to a resource, up to about `MAX_METRICS` of them."""
        with unavailable_as("The series table"):
            try:
                self._client.update_item(**self.addition(resource, metrics))
            except self._client.exceptions.ConditionalCheckFailedException:
                return

    def addition(self, resource: str, metrics: set[str]) -> dict[str, Any]:
        """The update that adds metric names to a resource."""
        return {
            "TableName": self._table,
            "Key": _key("metrics", resource),
            "UpdateExpression": "ADD metric_names :new",
            "ConditionExpression": "attribute_not_exists(metric_names) OR size(metric_names) < :most",
            "ExpressionAttributeValues": {
                ":new": {"SS": sorted(metrics)[:MAX_METRICS]},
                ":most": {"N": str(MAX_METRICS)},
            },
        }

    def summary(self, resource: str) -> ResourceSummary | None:
        """One resource."""
        if not could_be_kept(resource):
            return None
        with unavailable_as("The series table"):
            found = self._client.get_item(TableName=self._table, Key=_key("catalogue", resource))
            names = self._client.get_item(TableName=self._table, Key=_key("metrics", resource))
        return _summary(found["Item"], names.get("Item")) if "Item" in found else None

    def list(self, limit: int, cursor: str | None) -> Page[ResourceSummary]:
        """Resources by id: the first of each partition, merged."""
        after = from_cursor(cursor) if cursor else None
        with unavailable_as("The series table"):
            partitions = at_once(lambda number: self._first(number, after, limit + 1), range(PARTITIONS))
            items = list(islice(merge(*partitions, key=_resource), limit + 1))
            following = to_cursor(_resource(items[limit - 1])) if len(items) > limit else None
            names = self._metrics(items[:limit])
        return Page(tuple(_summary(item, names.get(_resource(item))) for item in items[:limit]), following)

    def active(self, since: datetime) -> Sequence[str]:
        """Resources of which something has arrived since then; a few that fell silent just before may be among them."""
        earliest = to_ms(since - REFRESH)
        with unavailable_as("The series table"):
            partitions = at_once(lambda number: list(self._query(f"catalogue#{number}")), range(PARTITIONS))
        return [_resource(item) for items in partitions for item in items if int(item["arrived"]["N"]) >= earliest]

    def _read(self, resource: str, *, consistent: bool) -> Seen | None:
        with unavailable_as("The series table"):
            found = self._client.get_item(
                TableName=self._table, Key=_key("catalogue", resource), ConsistentRead=consistent
            )
        item = found.get("Item")
        return _seen(item) if item else None

    def _update(self, resource: str, seen: Seen) -> Seen | None:
        """What is kept now, or None if someone else has kept more meanwhile."""
        with unavailable_as("The series table"):
            try:
                self._client.put_item(**self._put(resource, seen))
            except self._client.exceptions.ConditionalCheckFailedException:
                return None
        return seen

    def _put(self, resource: str, seen: Seen) -> dict[str, Any]:
        times = {"first": seen.first_ms, "last": seen.last_ms, "arrived": seen.arrived_ms}
        expiry = int((from_ms(seen.arrived_ms) + self._retention).timestamp())
        item = {name: {"N": str(value)} for name, value in {**times, "expires_at": expiry}.items()}
        return {
            "TableName": self._table,
            "Item": _key("catalogue", resource) | item,
            "ConditionExpression": "attribute_not_exists(pk) OR "
            "(#first >= :first AND #last <= :last AND arrived <= :arrived)",
            "ExpressionAttributeNames": {"#first": "first", "#last": "last"},
            "ExpressionAttributeValues": {f":{name}": {"N": str(value)} for name, value in times.items()},
        }

    def _first(self, number: int, after: str | None, count: int) -> Sequence[Item]:
        """The first `count` resources of a partition behind `after`."""
        within = ("sk > :after", {":after": after}) if after is not None else ("", {})
        return list(islice(self._query(f"catalogue#{number}", *within, Limit=count), count))

    def _metrics(self, items: Sequence[Item]) -> dict[str, Item]:
        """The metric names of resources, by resource."""
        wanted: dict[int, list[str]] = {}
        for item in items:
            wanted.setdefault(shard_of(_resource(item), PARTITIONS), []).append(_resource(item))

        def of_partition(number: int) -> list[Item]:
            ends = {":first": wanted[number][0], ":last": wanted[number][-1]}
            return list(self._query(f"metrics#{number}", "sk BETWEEN :first AND :last", ends))

        return {_resource(found): found for part in at_once(of_partition, wanted) for found in part}

    def _query(
        self, partition: str, within: str = "", values: Mapping[str, str] = MappingProxyType({}), **how: Any
    ) -> Iterator[Item]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression=" AND ".join(filter(None, ("pk = :pk", within))),
            ExpressionAttributeValues={name: {"S": value} for name, value in {":pk": partition, **values}.items()},
            **how,
        )
        for page in pages:
            yield from page["Items"]

    def _remember(self, resource: str, seen: Seen) -> None:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[resource] = seen


def _key(kind: str, resource: str) -> Item:
    return {"pk": {"S": f"{kind}#{shard_of(resource, PARTITIONS)}"}, "sk": {"S": resource}}


def _seen(item: Item) -> Seen:
    return Seen(*(int(item[name]["N"]) for name in ("first", "last", "arrived")))


def _resource(item: Item) -> str:
    return str(item["sk"]["S"])


def _summary(item: Item, names: Item | None) -> ResourceSummary:
    return ResourceSummary(
        resource_id=_resource(item),
        first_seen=from_ms(int(item["first"]["N"])),
        last_seen=from_ms(int(item["last"]["N"])),
        metrics=tuple(sorted(names["metric_names"]["SS"])[:MAX_METRICS]) if names else (),
    )
