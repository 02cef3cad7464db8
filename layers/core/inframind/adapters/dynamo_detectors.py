"""Detectors in DynamoDB: one partition, `pk` = "detectors", `sk` = the id, one JSON text each."""

from collections.abc import Sequence
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.adapters.cursors import from_cursor, to_cursor
from inframind.adapters.dynamo_limits import could_be_kept
from inframind.detection.detectors import Detector
from inframind.ports.paging import Page

PARTITION = {"S": "detectors"}

Item = dict[str, Any]


class DynamoDetectors:
    """The detector store on a DynamoDB client."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, detector_id: str) -> Detector | None:
        """The detector, read consistently, or None."""
        if not could_be_kept(detector_id):
            return None
        with unavailable_as("The detectors table"):
            answer = self._client.get_item(TableName=self._table, Key=_key(detector_id), ConsistentRead=True)
        return _detector(answer["Item"]) if "Item" in answer else None

    def create(self, detector: Detector) -> Detector:
        """Keeps a new detector; returns the one that has the id already, if there is one."""
        if self._put(detector, "attribute_not_exists(pk)"):
            return detector
        return self.get(detector.id) or self.create(detector)  # deleted in between

    def replace(self, detector: Detector) -> bool:
        """Keeps the detector in the place of the one with its id; False if there is none."""
        return self._put(detector, "attribute_exists(pk)")

    def delete(self, detector_id: str) -> bool:
        """Forgets the detector; False if there is none."""
        if not could_be_kept(detector_id):
            return False
        with unavailable_as("The detectors table"):
            answer = self._client.delete_item(TableName=self._table, Key=_key(detector_id), ReturnValues="ALL_OLD")
        return "Attributes" in answer

    def list(self, limit: int, cursor: str | None = None) -> Page[Detector]:
        """Detectors by id, a page at a time."""
        start = {"ExclusiveStartKey": _key(from_cursor(cursor))} if cursor else {}
        with unavailable_as("The detectors table"):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": PARTITION},
                Limit=limit,
                **start,
            )
        last = answer.get("LastEvaluatedKey")
        return Page(tuple(map(_detector, answer["Items"])), to_cursor(last["sk"]["S"]) if last else None)

    def all(self) -> Sequence[Detector]:
        """Every detector, by id."""
        found: list[Detector] = []
        cursor: str | None = None
        while True:
            page = self.list(1_000, cursor)
            found += page.items
            if page.cursor is None:
                return found
            cursor = page.cursor

    def _put(self, detector: Detector, condition: str) -> bool:
        item = _key(detector.id) | {"record": {"S": detector.model_dump_json()}}
        with unavailable_as("The detectors table"):
            try:
                self._client.put_item(TableName=self._table, Item=item, ConditionExpression=condition)
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True


def _key(detector_id: str) -> Item:
    return {"pk": PARTITION, "sk": {"S": detector_id}}


def _detector(item: Item) -> Detector:
    return Detector.model_validate_json(item["record"]["S"])
