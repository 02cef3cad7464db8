"""Builds and suggestions in one DynamoDB table.

    table        pk = "build#" or "owner#" and the run's id, or "suggestion#" and its id, or "places"
    by_time      list = "build"        at = started, ms in 15 digits, "#", run id
    by_pipeline  pipeline              at
    by_silence   running = "yes", while the build runs      heard = when we last heard of it, ms

`record` is the log, compressed. It is replaced only if it is still what was read: of two recorders one tries again.
"""

import zlib
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.adapters.cursors import from_cursor
from inframind.adapters.dynamo_expiring import ExpiringTable
from inframind.adapters.dynamo_limits import could_be_kept
from inframind.adapters.dynamo_timeline import EXAMINED, NEWEST, page_before, sort_key
from inframind.adapters.dynamo_versions import next_version, unless_moved
from inframind.builds import Build, Suggestion
from inframind.errors import Conflict
from inframind.optimization.log import BuildLog, build_of, packed
from inframind.optimization.places import Places
from inframind.ports.optimization import BuildQuery, StoredLog, StoredPlaces
from inframind.ports.paging import Page
from inframind.records import to_ms

PLACES = "places"
REMEMBERED = 512  # builds by their records: a warm function is asked of the same pipelines again and again

Item = dict[str, Any]


class DynamoBuilds(ExpiringTable):
    """The build store on a DynamoDB client."""

    def load(self, run_id: str) -> StoredLog:
        """The build's log as it is now, read consistently."""
        item = self._item(f"build#{run_id}")
        return StoredLog(_log(item), int(item["version"]["N"])) if item else StoredLog(None, 0)

    def save(self, log: BuildLog, version: int) -> None:
        """Replaces the log read at `version`; raises `Conflict` if it has moved on, `TooLarge` if it is."""
        self._replace(_item_of(log) | self._expires(), version, f"Build {log.run_id}")

    def get(self, run_id: str) -> Build | None:
        """The build that follows from the log, or None."""
        item = self._item(f"build#{run_id}")
        return _build(item["record"]["B"]) if item else None

    def list(self, query: BuildQuery, limit: int, cursor: str | None = None) -> Page[Build]:
        """The builds that match, started last first, with their steps."""
        start = from_cursor(cursor) if cursor else sort_key(query.before) if query.before else NEWEST
        page = page_before(lambda before: self._query(query, limit, before), limit, start)
        return Page(tuple(build for item in page.items if (build := _build(item["record"]["B"]))), page.cursor)

    def quiet(self, before: datetime, limit: int) -> Sequence[str]:
        """Running builds that were last heard of before then, the quietest first, at most so many."""
        with unavailable_as("The builds table"):
            answer = self._client.query(
                TableName=self._table,
                IndexName="by_silence",
                KeyConditionExpression="running = :yes AND heard < :before",
                ExpressionAttributeValues={":yes": {"S": "yes"}, ":before": {"N": str(to_ms(before))}},
                Limit=limit,
            )
        return [item["pk"]["S"].removeprefix("build#") for item in answer["Items"]]

    def claim(self, run_id: str, teller: str) -> str:
        """Who owns the run: whoever claimed it first. One write that also reads, so that two cannot both be first."""
        with unavailable_as("The builds table"):
            answer = self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": f"owner#{run_id}"}},
                UpdateExpression="SET #owner = if_not_exists(#owner, :teller), expires_at = :expires",
                ExpressionAttributeNames={"#owner": "owner"},
                ExpressionAttributeValues={":teller": {"S": teller}, ":expires": self._expires()["expires_at"]},
                ReturnValues="ALL_NEW",
            )
        return str(answer["Attributes"]["owner"]["S"])

    def places(self) -> StoredPlaces:
        """Which pipelines have counters of their own, read consistently."""
        item = self._item(PLACES)
        if item is None:
            return StoredPlaces(Places(), 0)
        return StoredPlaces(Places.read(zlib.decompress(item["record"]["B"])), int(item["version"]["N"]))

    def seat(self, places: Places, version: int) -> None:
        """Replaces the places read at `version`; raises `Conflict` if they have moved on."""
        record = zlib.compress(places.model_dump_json().encode(), 6)
        self._replace({"pk": {"S": PLACES}, "record": {"B": record}}, version, "The list of counted pipelines")

    def suggest(self, suggestion: Suggestion) -> None:
        """Keeps a suggestion, by its id."""
        record = zlib.compress(suggestion.model_dump_json().encode(), 6)
        item = {"pk": {"S": f"suggestion#{suggestion.id}"}, "record": {"B": record}}
        with unavailable_as("The builds table"):
            self._client.put_item(TableName=self._table, Item=item | self._expires())

    def suggestion(self, suggestion_id: str) -> Suggestion | None:
        """The suggestion, or None."""
        item = self._item(f"suggestion#{suggestion_id}")
        return Suggestion.read(zlib.decompress(item["record"]["B"])) if item else None

    def _replace(self, item: Item, version: int, what: str) -> None:
        """Puts an item in the place of the one read at `version`; raises `Conflict` if that has moved on."""
        item = item | next_version(version)
        with unavailable_as("The builds table"):
            try:
                self._client.put_item(TableName=self._table, Item=item, **unless_moved(version))
            except self._client.exceptions.ConditionalCheckFailedException as error:
                raise Conflict(f"{what} has moved on.") from error

    def _expires(self) -> Item:
        return {"expires_at": {"N": str(int((self._clock() + self._kept).timestamp()))}}

    def _item(self, name: str) -> Item | None:
        if not could_be_kept(name):
            return None
        with unavailable_as("The builds table"):
            answer = self._client.get_item(TableName=self._table, Key={"pk": {"S": name}}, ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item

    def _query(self, query: BuildQuery, limit: int, before: str) -> Item:
        index, key, value = (
            ("by_pipeline", "pipeline", query.pipeline) if query.pipeline else ("by_time", "list", "build")
        )
        values = {":key": value, ":before": before} | ({":outcome": query.outcome} if query.outcome else {})
        names = {"#key": key, "#at": "at"} | ({"#outcome": "outcome"} if query.outcome else {})
        with unavailable_as("The builds table"):
            answer: Item = self._client.query(
                TableName=self._table,
                IndexName=index,
                KeyConditionExpression="#key = :key AND #at < :before",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={name: {"S": text} for name, text in values.items()},
                ScanIndexForward=False,
                Limit=max(limit, EXAMINED) if query.outcome else limit,
                **({"FilterExpression": "#outcome = :outcome"} if query.outcome else {}),
            )
        return answer


def _item_of(log: BuildLog) -> Item:
    item: Item = {"pk": {"S": f"build#{log.run_id}"}, "record": {"B": packed(log)}}
    build = build_of(log)
    if build is None:
        return item
    item |= {
        "list": {"S": "build"},
        "at": {"S": sort_key(build.started_at, build.run_id)},
        "pipeline": {"S": build.pipeline},
        "outcome": {"S": build.outcome},
    }
    if build.outcome == "running":
        item |= {"running": {"S": "yes"}, "heard": {"N": str(to_ms(log.heard_at))}}
    return item


@lru_cache(REMEMBERED)
def _build(record: bytes) -> Build | None:
    return build_of(BuildLog.read(zlib.decompress(record)))


def _log(item: Item) -> BuildLog:
    return BuildLog.read(zlib.decompress(item["record"]["B"]))
