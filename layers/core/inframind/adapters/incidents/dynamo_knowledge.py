"""What was learnt, in the incidents table: `pk` = "knowledge#" and the id; listed by time in its index. It never fades.

by_time  list = "knowledge"      at = when it happened, ms in 15 digits, "#", id
"""

from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.adapters.cursors import from_cursor, to_cursor
from inframind.adapters.dynamo_limits import could_be_kept
from inframind.adapters.dynamo_timeline import NEWEST, sort_key
from inframind.adapters.incidents.dynamo_damaged import all_readable, readable
from inframind.incidents.knowledge.entries import Knowledge
from inframind.ports.paging import Page

STORE = "The incidents table"
RECENT = 1_000  # entries that are compared: some 2 MB

Item = dict[str, Any]


class DynamoKnowledge:
    """The memory on a DynamoDB client."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, knowledge_id: str) -> Knowledge | None:
        """The entry, or None. Raises `Damaged`."""
        if not could_be_kept(knowledge_id):
            return None
        with unavailable_as(STORE):
            answer = self._client.get_item(TableName=self._table, Key=_key(knowledge_id), ConsistentRead=True)
        return readable(_read, answer["Item"]) if "Item" in answer else None

    def put(self, entry: Knowledge) -> None:
        """Keeps the entry, in the place of the one with its id."""
        at = sort_key(entry.at, entry.id)
        listed = {"list": {"S": "knowledge"}, "at": {"S": at}, "summary": {"S": entry.model_dump_json()}}
        with unavailable_as(STORE):
            self._client.put_item(TableName=self._table, Item=_key(entry.id) | listed)

    def delete(self, knowledge_id: str) -> bool:
        """Forgets the entry; False if there is none."""
        if not could_be_kept(knowledge_id):
            return False
        with unavailable_as(STORE):
            answer = self._client.delete_item(TableName=self._table, Key=_key(knowledge_id), ReturnValues="ALL_OLD")
        return "Attributes" in answer

    def list(self, limit: int, cursor: str | None = None) -> Page[Knowledge]:
        """Entries, newest first."""
        found: list[Item] = []
        before = from_cursor(cursor) if cursor else NEWEST
        while len(found) <= limit:
            with unavailable_as(STORE):
                answer = self._client.query(
                    TableName=self._table,
                    IndexName="by_time",
                    KeyConditionExpression="#list = :list AND #at < :before",
                    ExpressionAttributeNames={"#list": "list", "#at": "at"},
                    ExpressionAttributeValues={":list": {"S": "knowledge"}, ":before": {"S": before}},
                    ScanIndexForward=False,
                    Limit=limit + 1 - len(found),
                )
            found += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                break
            before = answer["LastEvaluatedKey"]["at"]["S"]
        items, damaged = all_readable(_read, found[:limit])
        return Page(items, to_cursor(found[limit - 1]["at"]["S"]) if len(found) > limit else None, damaged)

    def recent(self) -> Page[Knowledge]:
        """The newest thousand."""
        return self.list(RECENT)


def _key(knowledge_id: str) -> Item:
    return {"pk": {"S": f"knowledge#{knowledge_id}"}}


def _read(item: Item) -> Knowledge:
    return Knowledge.read(item["summary"]["S"])
