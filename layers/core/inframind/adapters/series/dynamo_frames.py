"""Items of the Series table that hold frames: put 25 a call, read in the order of time or backwards.

`pk=series#<resource>`, `sk=frame#<first time>#<content id>`: the same frame written twice is one item. `written` is
when it arrived and decides between two values of one sample; `expires_at` counts from there: history is sent too.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from inframind.adapters.at_once import CALLS, at_once
from inframind.adapters.aws import unavailable_as
from inframind.adapters.dynamo_limits import could_be_kept
from inframind.errors import Unavailable
from inframind.identity import content_id
from inframind.records import to_ms
from inframind.series.ordering import time_key

BATCH = 25  # items BatchWriteItem takes
TRIES = 5
FIRST_PAUSE_S = 0.05
NEWEST_PAGE = 50  # frames read at once when going backwards
FRAMES, BEHIND_FRAMES = "frame#", "frame$"  # "$" follows "#"

Item = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Packed:
    """A frame at rest as bytes, with its first and last time."""

    resource: str
    data: bytes
    first_ms: int
    last_ms: int

    def item(self, received_at: datetime, retention: timedelta) -> Item:
        """The frame as an item."""
        return {
            "pk": {"S": partition(self.resource)},
            "sk": {"S": f"{FRAMES}{time_key(self.first_ms)}#{content_id([self.data], 12)}"},
            "data": {"B": self.data},
            "last_ms": {"N": str(self.last_ms)},
            "written": {"N": str(to_ms(received_at))},
            "expires_at": {"N": str(int((received_at + retention).timestamp()))},
        }


def partition(resource: str) -> str:
    """The partition of a resource; the prefix keeps any name a resource may have apart from the catalogue's."""
    return f"series#{resource}"


class DynamoFrames:
    """Puts and queries frame items on a boto3 DynamoDB client."""

    def __init__(self, client: Any, table: str, pause: Callable[[float], None]) -> None:
        self._client = client
        self._table = table
        self._pause = pause

    def put(self, items: Sequence[Item]) -> dict[str, str]:
        """Puts every item; returns the resources of those the table did not take, each with the reason."""
        unique = list({(item["pk"]["S"], item["sk"]["S"]): item for item in items}.values())
        for start in range(0, len(unique), BATCH * CALLS):
            wave = unique[start : start + BATCH * CALLS]
            outcomes = at_once(self._put_chunk, [wave[at : at + BATCH] for at in range(0, len(wave), BATCH)])
            refused = {_resource(item): reason for items, reason in outcomes for item in items}
            if refused:  # it is down or throttled: spare the rest their time-outs
                behind = (_resource(item) for item in unique[start + BATCH * CALLS :])
                return dict.fromkeys(behind, next(iter(refused.values()))) | refused
        return {}

    def between(self, resource: str, since_ms: int, until_ms: int) -> Iterator[Item]:
        """Items whose first time is in [since, until), earliest first."""
        return self._query(resource, FRAMES + time_key(since_ms), FRAMES + time_key(until_ms))

    def newest(self, resource: str) -> Iterator[Item]:
        """All items, latest first time first."""
        return self._query(resource, FRAMES, BEHIND_FRAMES, ScanIndexForward=False, Limit=NEWEST_PAGE)

    def _put_chunk(self, chunk: list[Item]) -> tuple[list[Item], str]:
        for attempt in range(TRIES):
            wanted = {self._table: [{"PutRequest": {"Item": item}} for item in chunk]}
            try:
                with unavailable_as("The series table"):
                    answer = self._client.batch_write_item(RequestItems=wanted)
            except Unavailable as error:
                return chunk, error.detail
            chunk = [put["PutRequest"]["Item"] for put in answer.get("UnprocessedItems", {}).get(self._table, ())]
            if not chunk:
                break
            self._pause(FIRST_PAUSE_S * 2**attempt * (0.5 + random.random()))
        return chunk, "The series table is throttled."

    def _query(self, resource: str, since: str, until: str, **how: Any) -> Iterator[Item]:
        if not could_be_kept(resource):
            return
        values = {":pk": partition(resource), ":since": since, ":until": until}
        with unavailable_as("The series table"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="pk = :pk AND sk BETWEEN :since AND :until",
                ExpressionAttributeValues={name: {"S": value} for name, value in values.items()},
                **how,
            )
            for page in pages:
                yield from page["Items"]


def _resource(item: Item) -> str:
    return str(item["pk"]["S"]).removeprefix(partition(""))
