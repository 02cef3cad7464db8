"""The call graph in the incidents table: one item beside the board, `pk` = "calls"."""

from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.adapters.dynamo_versions import next_version, unless_moved
from inframind.errors import Conflict
from inframind.ports.topology import StoredCalls

KEY = {"pk": {"S": "calls"}}
TABLE = "The incidents table"


class DynamoCalls:
    """The call store on a DynamoDB client."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def load(self) -> StoredCalls:
        """The graph as it is now, read consistently."""
        with unavailable_as(TABLE):
            item = self._client.get_item(TableName=self._table, Key=KEY, ConsistentRead=True).get("Item")
        return StoredCalls(bytes(item["book"]["B"]), int(item["version"]["N"])) if item else StoredCalls(None, 0)

    def save(self, data: bytes, version: int) -> int:
        """Replaces the graph read at `version`; returns the new version."""
        item = KEY | {"book": {"B": data}} | next_version(version)
        with unavailable_as(TABLE):
            try:
                self._client.put_item(TableName=self._table, Item=item, **unless_moved(version))
            except self._client.exceptions.ConditionalCheckFailedException as error:
                raise Conflict("The call graph has moved on.") from error
        return version + 1
