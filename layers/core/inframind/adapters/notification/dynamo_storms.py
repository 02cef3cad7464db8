"""Counts of notices and lines put by for digests, in DynamoDB: `pk` = "rate#<channel>" and "digest#<channel>"."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.adapters.notification.dynamo_damaged import TABLE
from inframind.notification.channels import STORM_WINDOW_S

Item = dict[str, Any]


class DynamoStorms:
    """The gauge on a DynamoDB client."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def count(self, channel_id: str, now: datetime) -> int:
        """One notice more in the present window; how many that makes."""
        window = int(now.timestamp()) // STORM_WINDOW_S
        with unavailable_as(TABLE):
            answer = self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": f"rate#{channel_id}"}, "sk": {"S": str(window)}},
                UpdateExpression="SET expires_at = :end ADD notices :one",
                ExpressionAttributeValues={":one": {"N": "1"}, ":end": {"N": str((window + 2) * STORM_WINDOW_S)}},
                ReturnValues="UPDATED_NEW",
            )
        return int(answer["Attributes"]["notices"]["N"])

    def put_by(self, channel_id: str, notice_id: str, line: str) -> None:
        """Keeps a line for the channel's next digest."""
        with unavailable_as(TABLE):
            item = _key(channel_id, notice_id) | {"line": {"S": line}}
            self._client.put_item(TableName=self._table, Item=item)

    def gathered(self, channel_id: str) -> Mapping[str, str]:
        """Notice id -> line; of more than a megabyte, the first part: the rest is in the next digest."""
        with unavailable_as(TABLE):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": f"digest#{channel_id}"}},
                ConsistentRead=True,
            )
        return {item["sk"]["S"]: item["line"]["S"] for item in answer["Items"]}

    def forget(self, channel_id: str, notice_ids: Sequence[str]) -> None:
        """Forgets what has been told in a digest."""
        with unavailable_as(TABLE):
            for notice_id in notice_ids:
                self._client.delete_item(TableName=self._table, Key=_key(channel_id, notice_id))


def _key(channel_id: str, notice_id: str) -> Item:
    return {"pk": {"S": f"digest#{channel_id}"}, "sk": {"S": notice_id}}
