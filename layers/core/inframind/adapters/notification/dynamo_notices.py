"""The ledger of notices in DynamoDB: `pk` = "told#<incident>", `sk` = the channel, one JSON text and a claim each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.adapters.dynamo_partition import partition
from inframind.notification.notices import Told

TABLE = "The notification table"
LEASE = timedelta(seconds=90)  # longer than any function that claims may run

Item = dict[str, Any]


class DynamoNotices:
    """The ledger on a DynamoDB client; it remembers as long as incidents are `kept`."""

    def __init__(self, client: Any, table: str, kept: timedelta) -> None:
        self._client = client
        self._table = table
        self._kept = kept

    def told(self, incident_id: str, channel_id: str) -> Told:
        """What the channel has been told so far, read consistently."""
        nothing = Told(incident_id=incident_id, channel_id=channel_id)
        with unavailable_as(TABLE):
            answer = self._client.get_item(TableName=self._table, Key=_key(nothing), ConsistentRead=True)
        return _read(answer["Item"]) if "Item" in answer else nothing

    def all_told(self, incident_id: str) -> Sequence[Told]:
        """What each channel has been told that knows of the incident, or may."""
        with unavailable_as(TABLE):
            return [_read(item) for item in partition(self._client, self._table, f"told#{incident_id}")]

    def claim(self, told: Told, now: datetime) -> bool:
        """Whether the caller alone may tell the channel more: one conditional write."""
        still = "#record = :record" if told.reasons else "attribute_not_exists(#record)"
        values = {":now": _seconds(now), ":lapsed": _seconds(now - LEASE), ":forgotten": _seconds(now + self._kept)}
        with unavailable_as(TABLE):
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(told),
                    UpdateExpression="SET claimed_at = :now, expires_at = :forgotten",
                    ConditionExpression=f"{still} AND (attribute_not_exists(claimed_at) OR claimed_at < :lapsed)",
                    ExpressionAttributeNames={"#record": "record"},
                    ExpressionAttributeValues=values
                    | ({":record": {"S": told.model_dump_json()}} if told.reasons else {}),
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def keep(self, told: Told, now: datetime) -> None:
        """Keeps what has been told by now; the claim is gone with the item it was in."""
        kept = {"record": {"S": told.model_dump_json()}, "expires_at": _seconds(now + self._kept)}
        with unavailable_as(TABLE):
            self._client.put_item(TableName=self._table, Item=_key(told) | kept)

    def release(self, told: Told) -> None:
        """Ends the claim."""
        with unavailable_as(TABLE):
            self._client.update_item(TableName=self._table, Key=_key(told), UpdateExpression="REMOVE claimed_at")


def _key(told: Told) -> Item:
    return {"pk": {"S": f"told#{told.incident_id}"}, "sk": {"S": told.channel_id}}


def _read(item: Item) -> Told:
    """What the item says; without a record it is of a claim, and whoever held it may have sent what it was for."""
    if "record" in item:
        return Told.read(item["record"]["S"])
    return Told(incident_id=item["pk"]["S"].removeprefix("told#"), channel_id=item["sk"]["S"], is_doubtful=True)


def _seconds(moment: datetime) -> Item:
    return {"N": str(int(moment.timestamp()))}
