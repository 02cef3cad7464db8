"""Incidents in DynamoDB: one table, the board among them, so that one transaction writes what belongs together.

    table    pk = "board", "drawer#" and its number, "incident#" and its id, or "deployment#" and its fingerprint
    by_time  list = "incident" or "deployment"      at = opened or deployed, ms in 15 digits, "#", id

Only the board is written under a condition: nobody writes an incident or a cold shard without it. `summary` is the
record without signals and time line, for lists; `record` is all of it, compressed.
"""

import zlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from inframind.adapters.at_once import at_once
from inframind.adapters.aws import unavailable_as
from inframind.adapters.cursors import from_cursor
from inframind.adapters.dynamo_expiring import ExpiringTable
from inframind.adapters.dynamo_limits import could_be_kept
from inframind.adapters.dynamo_timeline import EXAMINED, NEWEST, page_before, sort_key
from inframind.adapters.dynamo_versions import next_version, unless_moved
from inframind.adapters.incidents import dynamo_damaged
from inframind.adapters.incidents.dynamo_damaged import all_readable, readable
from inframind.errors import Conflict
from inframind.ports.incidents import IncidentQuery, KeptKind, Round, RoundTooLarge, StoredBoard
from inframind.ports.paging import Page
from inframind.signals import Incident, Signal

BOARD = {"pk": {"S": "board"}}
_KEYS: Mapping[KeptKind, str] = {"board": "board", "cold_shard": "drawer#", "incident": "incident#"}
TRANSACTION_BYTES = 3_800_000  # of the 4 MB that a transaction holds

Item = dict[str, Any]


class DynamoIncidents(ExpiringTable):
    """The incident store on a DynamoDB client."""

    def board(self) -> StoredBoard:
        """The board as it is now, read consistently."""
        item = self._item(BOARD)
        return StoredBoard(_data(item, "board"), int(item["version"]["N"])) if item else StoredBoard(None, 0)

    def commit(self, done: Round) -> int:
        """Keeps everything of a round, or nothing; returns the board's new version."""
        expires = {"expires_at": {"N": str(int((self._clock() + self._kept).timestamp()))}}
        board = BOARD | {"board": {"B": done.board}} | next_version(done.version)
        puts: list[Item] = [{"Item": board} | unless_moved(done.version)]
        puts += [{"Item": _cold_shard(number) | {"drawer": {"B": data}}} for number, data in done.cold.items()]
        puts += [{"Item": _incident(one) | expires} for one in done.incidents]
        puts += [{"Item": _deployment(one) | expires} for one in done.deployments]
        if (size := sum(_bytes(put["Item"]) for put in puts)) > TRANSACTION_BYTES:
            raise RoundTooLarge(f"The round takes {size} bytes; the limit is {TRANSACTION_BYTES}.")
        with unavailable_as("The incidents table"):
            try:
                self._client.transact_write_items(
                    TransactItems=[{"Put": {"TableName": self._table} | put} for put in puts]
                )
            except self._client.exceptions.TransactionCanceledException as error:
                reasons = [reason.get("Code") for reason in error.response.get("CancellationReasons", ())]
                if set(reasons) & {"ConditionalCheckFailed", "TransactionConflict"}:
                    raise Conflict("The board of incidents has moved on.") from error
                raise
        return done.version + 1

    def cold_shards(self, numbers: Collection[int]) -> Mapping[int, bytes]:
        """Those of the board's cold shards that were ever written, read consistently."""
        items = zip(numbers, at_once(self._item, map(_cold_shard, numbers)), strict=True)
        return {number: _data(item, "drawer") for number, item in items if item}

    def get(self, incident_id: str) -> Incident | None:
        """The incident, or None. Raises `Damaged`."""
        item = self._stored(incident_id)
        return readable(_record, item) if item else None

    def known(self, incident_ids: Collection[str]) -> Page[Incident]:
        """Those of the incidents that there are; asked for side by side."""
        found, damaged = all_readable(_record, filter(None, at_once(self._stored, incident_ids)))
        return Page(found, None, damaged)

    def set_aside(self, kind: KeptKind, name: str = "") -> None:
        """Keeps a copy of what cannot be read; what it was copied from may be replaced then."""
        item = self._item({"pk": {"S": _KEYS[kind] + name}})
        if item:
            dynamo_damaged.set_aside(self._client, self._table, item)

    def list(self, query: IncidentQuery, limit: int, cursor: str | None = None) -> Page[Incident]:
        """The incidents that match, newest first, without signals and time lines."""
        wanted = {"status": query.status, "severity": query.severity, "service": query.service}
        page = self._page("incident", wanted, limit, cursor)
        found, damaged = all_readable(lambda item: Incident.read(item["summary"]["S"]), page.items)
        return Page(found, page.cursor, damaged)

    def deployments(self, service: str | None, limit: int, cursor: str | None = None) -> Page[Signal]:
        """Deployments, newest first."""
        page = self._page("deployment", {"service": service}, limit, cursor)
        found, damaged = all_readable(lambda item: Signal.read(item["summary"]["S"]), page.items)
        return Page(found, page.cursor, damaged)

    def _stored(self, incident_id: str) -> Item | None:
        return self._item({"pk": {"S": f"incident#{incident_id}"}}) if could_be_kept(incident_id) else None

    def _item(self, key: Item) -> Item | None:
        with unavailable_as("The incidents table"):
            answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item

    def _page(self, kind: str, wanted: dict[str, str | None], limit: int, cursor: str | None) -> Page[Item]:
        given = {name: value for name, value in wanted.items() if value}
        start = from_cursor(cursor) if cursor else NEWEST
        return page_before(lambda before: self._query(kind, given, (limit, before)), limit, start)

    def _query(self, kind: str, given: dict[str, str], page: tuple[int, str]) -> Item:
        limit, before = page
        tests = [f"contains(services, :{name})" if name == "service" else f"#{name} = :{name}" for name in given]
        names = {"#list": "list", "#at": "at"} | {f"#{name}": name for name in given if name != "service"}
        values = {":list": kind, ":before": before} | {f":{name}": value for name, value in given.items()}
        with unavailable_as("The incidents table"):
            answer: Item = self._client.query(
                TableName=self._table,
                IndexName="by_time",
                KeyConditionExpression="#list = :list AND #at < :before",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={name: {"S": value} for name, value in values.items()},
                ScanIndexForward=False,
                Limit=max(limit, EXAMINED) if given else limit,
                **({"FilterExpression": " AND ".join(tests)} if tests else {}),
            )
        return answer


def _data(item: Item, name: str) -> bytes:
    """The bytes; none of them where the item has lost them, which nobody can read."""
    return bytes(item.get(name, {}).get("B", b""))


def _record(item: Item) -> Incident:
    return Incident.read(zlib.decompress(item["record"]["B"]))


def _bytes(item: Item) -> int:
    """About what an item takes: texts and bytes are nearly all of it."""
    values = (value for one in item.values() for value in one.values())
    return sum(len(one.encode()) if isinstance(one, str) else len(one) for one in values)


def _cold_shard(number: int) -> Item:
    return {"pk": {"S": f"drawer#{number}"}}


def _incident(incident: Incident) -> Item:
    summary = incident.model_copy(update={"signals": (), "timeline": (), "measurements": ()}).model_dump_json()
    return _listed("incident", incident.id, incident.opened_at, incident.services) | {
        "status": {"S": incident.status},
        "severity": {"S": incident.severity},
        "summary": {"S": summary},
        "record": {"B": zlib.compress(incident.model_dump_json().encode(), 6)},
    }


def _deployment(deployment: Signal) -> Item:
    name, at = deployment.fingerprint, deployment.observed_at
    return _listed("deployment", name, at, [deployment.service]) | {"summary": {"S": deployment.model_dump_json()}}


def _listed(kind: str, name: str, at: datetime, services: Sequence[str]) -> Item:
    listed = {"pk": {"S": f"{kind}#{name}"}, "list": {"S": kind}, "at": {"S": sort_key(at, name)}}
    return listed | ({"services": {"SS": sorted(set(services))}} if services else {})
