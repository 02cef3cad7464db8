"""Notes in a DynamoDB table whose key is `pk` alone: `pk` = "note#" and the name, one text each."""

from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.adapters.dynamo_expiring import ExpiringTable

STORE = "The incidents table"


class DynamoNotes(ExpiringTable):
    """The notes on a DynamoDB client; a note fades that long after it was written last."""

    def read(self, name: str) -> str | None:
        """The note as it is now, or None."""
        with unavailable_as(STORE):
            answer = self._client.get_item(TableName=self._table, Key=_key(name), ConsistentRead=True)
        return str(answer["Item"]["note"]["S"]) if "Item" in answer else None

    def write(self, name: str, text: str, known: str | None) -> bool:
        """Keeps the text if the note is still `known`; whether it was."""
        expires = {"expires_at": {"N": str(int((self._clock() + self._kept).timestamp()))}}
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if known is not None:
            condition = {"ConditionExpression": "note = :known", "ExpressionAttributeValues": {":known": {"S": known}}}
        with unavailable_as(STORE):
            try:
                self._client.put_item(
                    TableName=self._table, Item=_key(name) | {"note": {"S": text}} | expires, **condition
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True


def _key(name: str) -> dict[str, Any]:
    return {"pk": {"S": f"note#{name}"}}
