"""Backfills in DynamoDB: `pk` = "backfills", `sk` = the id, one JSON text each, and sets of the slices done and cut."""

from contextlib import suppress
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.adapters.dynamo_limits import could_be_kept
from inframind.detection.backfill.plan import Backfill, progress

TABLE = "The detectors table"
PARTITION = {"S": "backfills"}


class DynamoBackfills:
    """The backfill store on a DynamoDB client."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def create(self, backfill: Backfill) -> Backfill:
        """Keeps a new backfill; returns the one that has the id already, if there is one."""
        kept = _key(backfill.id) | {"record": {"S": backfill.model_dump_json()}}
        with unavailable_as(TABLE):
            try:
                self._client.put_item(TableName=self._table, Item=kept, ConditionExpression="attribute_not_exists(pk)")
            except self._client.exceptions.ConditionalCheckFailedException:
                return self.get(backfill.id) or backfill
        return backfill

    def get(self, backfill_id: str) -> Backfill | None:
        """The backfill as far as it has come, or None."""
        if not could_be_kept(backfill_id):
            return None
        with unavailable_as(TABLE):
            answer = self._client.get_item(TableName=self._table, Key=_key(backfill_id), ConsistentRead=True)
        if "Item" not in answer:
            return None
        done, cut = (len(answer["Item"].get(name, {"NS": []})["NS"]) for name in ("done", "cut"))
        return progress(Backfill.read(answer["Item"]["record"]["S"]), done, cut)

    def note(self, backfill_id: str, number: int, *, cut: bool) -> None:
        """Notes that a slice is done, and whether it was cut short. Noting it again, or of none, changes nothing."""
        names = {"#done": "done"} | ({"#cut": "cut"} if cut else {})
        with unavailable_as(TABLE), suppress(self._client.exceptions.ConditionalCheckFailedException):
            self._client.update_item(
                TableName=self._table,
                Key=_key(backfill_id),
                UpdateExpression="ADD " + ", ".join(f"{name} :slice" for name in names),
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={":slice": {"NS": [str(number)]}},
            )


def _key(backfill_id: str) -> dict[str, dict[str, str]]:
    return {"pk": PARTITION, "sk": {"S": backfill_id}}
