"""Counters in the counters table: one ADD per request, atomic on the server, so no instance keeps a count of its own.

All counts of one route share one item (partition = slot, sort = route, one number attribute a count), so a request
costs one write of one unit; the item stays far below the 1 KB that a unit covers. All counts of
one pipeline share one as well. Each instance writes to a slot drawn at its start, so that no partition gets hot; a
reader sums the slots.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.adapters.dynamo_partition import partition
from inframind.ports.paging import CounterKey

SLOTS = 4  # a partition takes 1,000 writes a second; each slot makes every scrape dearer
TOTALS = "totals"  # the sort key of counts that belong to no route
SHORT = {
    "http_requests_total": "r",
    "http_request_duration_seconds_sum": "s",
    "http_request_duration_seconds_bucket": "b",
}
"""Attribute names are billed with every write: the frequent ones are short."""
LONG = {short: name for name, short in SHORT.items()}
ROUTED = "@"  # opens the attribute of a count whose method and path, or whose pipeline, are its item's
PIPELINE = "pipeline "  # opens the sort key of a pipeline; no method is spelled so

Counts = dict[str, float]


class DynamoCounters:
    """The counter store on a DynamoDB client, boto3's or the lean one (`add` alone)."""

    def __init__(self, client: Any, table: str, slot: int | None = None) -> None:
        self._client = client
        self._table = table
        self._slot = random.randrange(SLOTS) if slot is None else slot

    def add(self, counts: Mapping[CounterKey, float]) -> None:
        """Adds to each counter: one write a route, and whatever has no route rides along with the first of them."""
        for route, attributes in _by_item(counts).items():
            names = {f"#{index}": name for index, name in enumerate(attributes)}
            values = {f":{index}": {"N": _number(value)} for index, value in enumerate(attributes.values())}
            with unavailable_as("The counters table"):
                self._client.update_item(
                    TableName=self._table,
                    Key={"pk": {"S": _partition(self._slot)}, "sk": {"S": route}},
                    UpdateExpression="ADD " + ", ".join(f"#{index} :{index}" for index in range(len(attributes))),
                    ExpressionAttributeNames=names,
                    ExpressionAttributeValues=values,
                )

    def read(self) -> Mapping[CounterKey, float]:
        """Every counter's total over all slots, read consistently: a counter never seems to fall."""
        totals: dict[CounterKey, Decimal] = defaultdict(Decimal)
        for slot in range(SLOTS):
            for item in self._items(slot):
                for attribute, value in item.items():
                    if attribute not in {"pk", "sk"}:
                        totals[_key(item["sk"]["S"], attribute)] += Decimal(value["N"])
        return {key: float(total) for key, total in totals.items()}

    def forget(self, pipeline: str) -> None:
        """Forgets what was counted of a pipeline, in every slot; what rode along in its items stays."""
        with unavailable_as("The counters table"):
            for slot in range(SLOTS):
                key = {"pk": {"S": _partition(slot)}, "sk": {"S": PIPELINE + pipeline}}
                found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {})
                names = {f"#{index}": name for index, name in enumerate(found) if name.startswith(ROUTED)}
                if names:
                    self._client.update_item(
                        TableName=self._table,
                        Key=key,
                        UpdateExpression="REMOVE " + ", ".join(names),
                        ExpressionAttributeNames=names,
                    )

    def _items(self, slot: int) -> Iterator[dict[str, Any]]:
        with unavailable_as("The counters table"):
            yield from partition(self._client, self._table, _partition(slot))


def _partition(slot: int) -> str:
    return f"counts#{slot}"


def _by_item(counts: Mapping[CounterKey, float]) -> dict[str, Counts]:
    items: dict[str, Counts] = defaultdict(dict)
    for (name, labels), value in counts.items():
        route, rest = _split(labels)
        if route:
            items[route][_attribute(ROUTED, name, rest)] = value
    home = next(iter(items), TOTALS)
    for (name, labels), value in counts.items():
        if not _split(labels)[0]:
            items[home][_attribute("", name, labels)] = value
    return items


def _split(labels: tuple[tuple[str, str], ...]) -> tuple[str, tuple[tuple[str, str], ...]]:
    given = dict(labels)
    if "pipeline" in given:
        return PIPELINE + given["pipeline"], tuple(pair for pair in labels if pair[0] != "pipeline")
    if not given.keys() >= {"method", "path"}:
        return "", labels
    rest = tuple(pair for pair in labels if pair[0] not in {"method", "path"})
    return f"{given['method']} {given['path']}", rest


def _attribute(mark: str, name: str, labels: tuple[tuple[str, str], ...]) -> str:
    return "|".join((mark + SHORT.get(name, name), *(f"{label}={value}" for label, value in labels)))


def _key(route: str, attribute: str) -> CounterKey:
    name, *pairs = attribute.removeprefix(ROUTED).split("|")
    labels = [(label, value) for label, _, value in (pair.partition("=") for pair in pairs)]
    if attribute.startswith(ROUTED) and route.startswith(PIPELINE):
        labels.append(("pipeline", route.removeprefix(PIPELINE)))
    elif attribute.startswith(ROUTED):
        method, _, path = route.partition(" ")
        labels += [("method", method), ("path", path)]
    return LONG.get(name, name), tuple(sorted(labels))


def _number(value: float) -> str:
    """A count as DynamoDB takes it; microseconds are fine enough, and short numbers are small items."""
    return format(round(value, 6), "f").rstrip("0").rstrip(".") or "0"
