"""What people configure, in DynamoDB: `pk` = the kind, `sk` = the id, one JSON text each."""

from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from inframind.adapters.aws import unavailable_as
from inframind.adapters.cursors import from_cursor, to_cursor
from inframind.adapters.dynamo_limits import could_be_kept
from inframind.adapters.reading import all_readable
from inframind.errors import Damaged
from inframind.names import KEPT
from inframind.ports.paging import Page

PAGE = 500

T = TypeVar("T", bound=BaseModel)
Item = dict[str, Any]


class DynamoConfigStore(Generic[T]):
    """The configuration store on a DynamoDB client; `kind` is the partition, `model` what its items are."""

    def __init__(self, client: Any, table: str, kind: str, model: type[T]) -> None:
        self._client = client
        self._table = table
        self._kind = kind
        self._model = model

    def get(self, item_id: str) -> T | None:
        """The item, read consistently, or None."""
        if not could_be_kept(item_id):
            return None
        with self._available():
            answer = self._client.get_item(TableName=self._table, Key=self._key(item_id), ConsistentRead=True)
        return self._read(item_id, answer["Item"]) if "Item" in answer else None

    def create(self, item: T) -> T:
        """Keeps a new item; returns the one that has the id already, if there is one."""
        if self._put(item, "attribute_not_exists(pk)"):
            return item
        return self.get(_id(item)) or self.create(item)  # deleted in between

    def replace(self, item: T) -> bool:
        """Keeps the item in the place of the one with its id; False if there is none."""
        return self._put(item, "attribute_exists(pk)")

    def delete(self, item_id: str) -> bool:
        """Forgets the item; False if there is none."""
        if not could_be_kept(item_id):
            return False
        with self._available():
            answer = self._client.delete_item(TableName=self._table, Key=self._key(item_id), ReturnValues="ALL_OLD")
        return "Attributes" in answer

    def list(self, limit: int, cursor: str | None = None) -> Page[T]:
        """Items by id, a page at a time."""
        start = {"ExclusiveStartKey": self._key(from_cursor(cursor))} if cursor else {}
        with self._available():
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": self._kind}},
                Limit=limit,
                ConsistentRead=True,
                **start,
            )
        last = answer.get("LastEvaluatedKey")
        found, damaged = all_readable(self._read, ((item["sk"]["S"], item) for item in answer["Items"]))
        return Page(found, to_cursor(last["sk"]["S"]) if last else None, damaged)

    def all(self) -> Page[T]:
        """Every item, by id, on one page."""
        page = self.list(PAGE)
        while page.cursor is not None:
            more = self.list(PAGE, page.cursor)
            page = Page((*page.items, *more.items), more.cursor, (*page.damaged, *more.damaged))
        return page

    def _put(self, item: T, condition: str) -> bool:
        kept = self._key(_id(item)) | {"record": {"S": item.model_dump_json()}}
        with self._available():
            try:
                self._client.put_item(TableName=self._table, Item=kept, ConditionExpression=condition)
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def _available(self) -> AbstractContextManager[None]:
        return unavailable_as(f"The table of {self._kind}")

    def _key(self, item_id: str) -> Item:
        return {"pk": {"S": self._kind}, "sk": {"S": item_id}}

    def _read(self, item_id: str, item: Item) -> T:
        """The item; raises `Damaged`. What only a later version knows is passed over, as by `Record.read`."""
        try:
            return self._model.model_validate_json(item["record"]["S"], extra="ignore", context=KEPT)
        except (ValidationError, KeyError) as damage:
            raise Damaged(f"{item_id} is kept among the {self._kind}, and cannot be read.") from damage


def _id(item: Any) -> str:
    return str(item.id)
