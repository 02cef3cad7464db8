"""Anomalies in DynamoDB: one item each, and two indexes that list them newest first.

    table        pk = the anomaly's id          sk = "anomaly"
    by_time      bucket = 0 to 3, by id (S)     at = detected, ms in 15 digits, "#", id (S)     projection ALL
    by_resource  resource_id (S)                at (S)                                          projection ALL

Four buckets spread the writes of a storm; a list of everything merges their four queries. Buckets are not days: a
replay of old data would have to be looked for through every day since. `expires_at` counts from the write.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.adapters.cursors import from_cursor, to_cursor
from inframind.adapters.dynamo_expiring import ExpiringTable
from inframind.adapters.dynamo_limits import could_be_kept
from inframind.adapters.dynamo_many import read_many
from inframind.adapters.dynamo_timeline import EXAMINED, NEWEST, QUERIES, sort_key
from inframind.ports.detection import AnomalyQuery
from inframind.ports.paging import Page
from inframind.records import Anomaly, Feedback

SORT = {"S": "anomaly"}
BUCKETS = 4
BY_TIME, BY_RESOURCE = "by_time", "by_resource"
SORT_KEY = re.compile(r"[0-9]{15}#[0-9A-Za-z-]+")
TOGETHER = 50  # puts in one transaction

Item = dict[str, Any]


class DynamoAnomalies(ExpiringTable):
    """The anomaly store on a DynamoDB client."""

    def put(self, anomalies: Sequence[Anomaly]) -> None:
        """Keeps anomalies; one with a known id is replaced (an open one never replaces a cleared one)."""
        last = {anomaly.id: anomaly for anomaly in sorted(anomalies, key=lambda anomaly: anomaly.phase == "cleared")}
        expires_at = int((self._clock() + self._kept).timestamp())
        puts = [{"TableName": self._table, **_put(anomaly, expires_at)} for anomaly in last.values()]
        for start in range(0, len(puts), TOGETHER):
            self._put_together(puts[start : start + TOGETHER])

    def judge(self, anomaly_id: str, feedback: Feedback) -> Anomaly | None:
        """The anomaly, with what a person says of it kept from now on; None if there is no such anomaly."""
        if not could_be_kept(anomaly_id):
            return None
        with unavailable_as("The anomalies table"):
            try:
                answer = self._client.update_item(
                    TableName=self._table,
                    Key={"pk": {"S": anomaly_id}, "sk": SORT},
                    ConditionExpression="attribute_exists(pk)",
                    UpdateExpression="SET feedback = :feedback",
                    ExpressionAttributeValues={":feedback": {"S": feedback.model_dump_json()}},
                    ReturnValues="ALL_NEW",
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return None
        return _anomaly(answer["Attributes"])

    def get(self, anomaly_id: str) -> Anomaly | None:
        """The anomaly, or None."""
        if not could_be_kept(anomaly_id):
            return None
        where = {"pk": {"S": anomaly_id}, "sk": SORT}
        with unavailable_as("The anomalies table"):
            answer = self._client.get_item(TableName=self._table, Key=where, ConsistentRead=True)
        return _anomaly(answer["Item"]) if "Item" in answer else None

    def known(self, anomaly_ids: Collection[str]) -> Mapping[str, Anomaly]:
        """Those of the anomalies that there are, by id, a hundred in each call."""
        keys = {name: {"pk": {"S": name}, "sk": SORT} for name in anomaly_ids if could_be_kept(name)}
        found = read_many(self._client, self._table, keys, "The anomalies table")
        return {name: _anomaly(item) for name, item in found.items() if item is not None}

    def list(self, query: AnomalyQuery, limit: int, cursor: str | None = None) -> Page[Anomaly]:
        """The anomalies that match, newest first."""
        if query.resource and not could_be_kept(query.resource):
            return Page(())
        before = from_cursor(cursor, SORT_KEY) if cursor else sort_key(query.until) if query.until else NEWEST
        found: list[Item] = []
        for _ in range(QUERIES):
            items, horizon = self._next(query, limit - len(found), before)
            found += items
            if not horizon or len(found) >= limit:
                break
            before = horizon
        return Page(tuple(_anomaly(item) for item in found), to_cursor(horizon) if horizon else None)

    def _next(self, query: AnomalyQuery, limit: int, before: str) -> tuple[Sequence[Item], str]:
        """Up to `limit` matching items placed before a place, and the place from which to go on ("" at the end)."""
        wanted = {"resource_id": query.resource} if query.resource else None
        parts = [wanted] if wanted else [{"bucket": str(bucket)} for bucket in range(BUCKETS)]
        answers = [self._query(part, query, (limit, before)) for part in parts]
        ends = [answer["LastEvaluatedKey"]["at"]["S"] for answer in answers if "LastEvaluatedKey" in answer]
        horizon = max(ends, default="")  # below it, some part has not been looked at yet
        items = [item for answer in answers for item in answer["Items"] if item["at"]["S"] >= horizon]
        items.sort(key=lambda item: str(item["at"]["S"]), reverse=True)
        return items[:limit], items[limit - 1]["at"]["S"] if len(items) > limit else horizon

    def _query(self, part: dict[str, str], query: AnomalyQuery, page: tuple[int, str]) -> Item:
        ((name, value),) = part.items()
        limit, before = page
        filters = {"severity": query.severity, "phase": query.phase}
        given = {key: str(wanted) for key, wanted in filters.items() if wanted}
        since, until = sort_key(query.since) if query.since else " ", _just_before(before)
        if since > until:  # DynamoDB refuses an empty range
            return {"Items": []}
        arguments: Item = {"FilterExpression": " AND ".join(f"#{key} = :{key}" for key in given)} if given else {}
        values = {":part": value, ":since": since, ":until": until}
        with unavailable_as("The anomalies table"):
            answer: Item = self._client.query(
                TableName=self._table,
                IndexName=BY_RESOURCE if name == "resource_id" else BY_TIME,
                KeyConditionExpression="#part = :part AND #at BETWEEN :since AND :until",
                ExpressionAttributeNames={"#part": name, "#at": "at"} | {f"#{key}": key for key in given},
                ExpressionAttributeValues={
                    key: {"S": text}
                    for key, text in (values | {f":{key}": text for key, text in given.items()}).items()
                },
                ScanIndexForward=False,
                Limit=max(limit, EXAMINED) if given else limit,
                **arguments,
            )
        return answer

    def _put_together(self, puts: Sequence[Item]) -> None:
        """All at once; one by one where the table already knows better about some of them."""
        with unavailable_as("The anomalies table"):
            try:
                self._client.transact_write_items(TransactItems=[{"Update": put} for put in puts])
            except self._client.exceptions.TransactionCanceledException:
                for put in puts:
                    self._put_alone(put)

    def _put_alone(self, put: Item) -> None:
        try:
            self._client.update_item(**put)
        except self._client.exceptions.ConditionalCheckFailedException:
            return  # it has cleared since: the table is right


def _just_before(place: str) -> str:
    """The greatest key smaller than any that begins with `place` and goes on; keys end in hex digits."""
    return place[:-1] + chr(ord(place[-1]) - 1) + "~"


def _put(anomaly: Anomaly, expires_at: int) -> Item:
    """An update, not a put: feedback that was given stays where it is."""
    item = {
        "bucket": str(sum(anomaly.id.encode()) % BUCKETS),
        "resource_id": anomaly.resource_id,
        "at": sort_key(anomaly.detected_at, anomaly.id),
        "severity": str(anomaly.severity),
        "phase": anomaly.phase,
        "record": anomaly.model_dump_json(exclude={"feedback"}),
    }
    values = {name: {"S": text} for name, text in item.items()} | {"expires_at": {"N": str(expires_at)}}
    put: Item = {
        "Key": {"pk": {"S": anomaly.id}, "sk": SORT},
        "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in values),
        "ExpressionAttributeNames": {f"#{name}": name for name in values},
        "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
    }
    if anomaly.phase == "open":
        put["ConditionExpression"] = "attribute_not_exists(pk) OR #phase = :phase"
    return put


def _anomaly(item: Item) -> Anomaly:
    anomaly = Anomaly.read(item["record"]["S"])
    if "feedback" not in item:
        return anomaly
    return anomaly.model_copy(update={"feedback": Feedback.read(item["feedback"]["S"])})
