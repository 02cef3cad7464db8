"""The ledger of notices in DynamoDB: `pk` = "told#<incident>", `sk` = the channel, one JSON text and a claim each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from inframind.adapters.aws import unavailable_as
from inframind.adapters.dynamo_partition import partition
from inframind.adapters.notification.dynamo_damaged import TABLE, set_aside
from inframind.errors import Damaged
from inframind.notification.notices import DeliveryRecord

LEASE = timedelta(seconds=90)  # longer than any function that claims may run

Item = dict[str, Any]


class DynamoNotices:
    """The ledger on a DynamoDB client; it remembers as long as incidents are `kept`."""

    def __init__(self, client: Any, table: str, kept: timedelta) -> None:
        self._client = client
        self._table = table
        self._kept = kept

    def record(self, incident_id: str, channel_id: str) -> DeliveryRecord:
        """What the channel has been told so far, read consistently."""
        nothing = DeliveryRecord(incident_id=incident_id, channel_id=channel_id)
        item = self._item(nothing)
        return _read(item) if item else nothing

    def records(self, incident_id: str) -> Sequence[DeliveryRecord]:
        """What each channel has been told that knows of the incident, or may."""
        with unavailable_as(TABLE):
            return [_known(item) for item in partition(self._client, self._table, f"told#{incident_id}")]

    def set_aside(self, incident_id: str, channel_id: str) -> None:
        """Keeps a record that cannot be read elsewhere, and of the item no more than that there was something.

        One that somebody else has kept meanwhile stays: what it says was told.
        """
        item = self._item(DeliveryRecord(incident_id=incident_id, channel_id=channel_id))
        if item and _is_damaged(item):
            set_aside(self._client, self._table, item, whole=False)

    def claim(self, record: DeliveryRecord, now: datetime) -> bool:
        """Whether the caller alone may tell the channel more: one conditional write.

        On the text as it stands there: a later version may write the same record with more in it.
        """
        item = self._item(record) if record.reasons else None
        if record.reasons and (item is None or _known(item) != record):
            return False
        still = "#record = :record" if item else "attribute_not_exists(#record)"
        values = {":now": _seconds(now), ":lapsed": _seconds(now - LEASE), ":forgotten": _seconds(now + self._kept)}
        with unavailable_as(TABLE):
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(record),
                    UpdateExpression="SET claimed_at = :now, expires_at = :forgotten",
                    ConditionExpression=f"{still} AND (attribute_not_exists(claimed_at) OR claimed_at < :lapsed)",
                    ExpressionAttributeNames={"#record": "record"},
                    ExpressionAttributeValues=values | ({":record": item["record"]} if item else {}),
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def keep(self, record: DeliveryRecord, now: datetime) -> None:
        """Keeps what has been told by now; the claim is gone with the item it was in."""
        kept = {"record": {"S": record.model_dump_json()}, "expires_at": _seconds(now + self._kept)}
        with unavailable_as(TABLE):
            self._client.put_item(TableName=self._table, Item=_key(record) | kept)

    def release(self, record: DeliveryRecord) -> None:
        """Ends the claim."""
        with unavailable_as(TABLE):
            self._client.update_item(TableName=self._table, Key=_key(record), UpdateExpression="REMOVE claimed_at")

    def _item(self, record: DeliveryRecord) -> Item | None:
        with unavailable_as(TABLE):
            answer = self._client.get_item(TableName=self._table, Key=_key(record), ConsistentRead=True)
        found: Item | None = answer.get("Item")
        return found


def _key(record: DeliveryRecord) -> Item:
    return {"pk": {"S": f"told#{record.incident_id}"}, "sk": {"S": record.channel_id}}


def _read(item: Item) -> DeliveryRecord:
    """What the item says; without a record it is of a claim, and whoever held it may have sent what it was for."""
    if "record" not in item:
        return _in_doubt(item)
    try:
        return DeliveryRecord.read(item["record"]["S"])
    except (ValidationError, KeyError) as damage:
        raise Damaged(f"What {item['sk']['S']} was told of {item['pk']['S']} cannot be read.") from damage


def _known(item: Item) -> DeliveryRecord:
    return _in_doubt(item) if _is_damaged(item) else _read(item)


def _is_damaged(item: Item) -> bool:
    try:
        _read(item)
    except Damaged:
        return True
    return False


def _in_doubt(item: Item) -> DeliveryRecord:
    name = item["pk"]["S"].removeprefix("told#")
    return DeliveryRecord(incident_id=name, channel_id=item["sk"]["S"], is_doubtful=True)


def _seconds(moment: datetime) -> Item:
    return {"N": str(int(moment.timestamp()))}
