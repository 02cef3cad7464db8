"""Risk levels in DynamoDB: `pk` = "resource#" and the resource, or "assessor" for where it ran out of time.

A level is moved under the condition that the item is still the one that was read: of two assessors one wins.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.facts import RiskRaised
from inframind.ports.risk import KeptRisk
from inframind.records import RiskLevel, from_ms, to_ms

ASSESSOR = {"pk": {"S": "assessor"}}
FORGOTTEN_AFTER = timedelta(days=30)  # without a change; a resource that comes back starts at LOW

Item = dict[str, dict[str, str]]


class DynamoRisk:
    """The risk store on a DynamoDB client."""

    def __init__(self, client: Any, table: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._client = client
        self._table = table
        self._clock = clock

    def get(self, resource: str) -> KeptRisk | None:
        """What is kept of a resource, read consistently, or None."""
        item = self._item(_key(resource))
        if item is None:
            return None
        owed = RiskRaised.read(item["owed"]["S"]) if "owed" in item else None
        return KeptRisk(RiskLevel(item["level"]["S"]), from_ms(int(item["at"]["N"])), owed)

    def move(self, resource: str, previous: KeptRisk | None, kept: KeptRisk) -> bool:
        """Keeps `kept` if what is kept is still `previous`; False if someone else moved it first."""
        expires_at = int((self._clock() + FORGOTTEN_AFTER).timestamp())
        item = _key(resource) | _state(kept) | {"expires_at": {"N": str(expires_at)}}
        with unavailable_as("The risk table"):
            try:
                self._client.put_item(TableName=self._table, Item=item, **_still(previous))
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def stopped_after(self) -> str | None:
        """The resource after which the assessor ran out of time, or None."""
        item = self._item(ASSESSOR)
        return item["resource"]["S"] if item and "resource" in item else None

    def stop_after(self, resource: str | None) -> None:
        """Notes where the assessor ran out of time; None: it did not."""
        place = {} if resource is None else {"resource": {"S": resource}}
        with unavailable_as("The risk table"):
            self._client.put_item(TableName=self._table, Item=ASSESSOR | place)

    def _item(self, key: Item) -> Item | None:
        with unavailable_as("The risk table"):
            answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item


def _key(resource: str) -> Item:
    return {"pk": {"S": f"resource#{resource}"}}


def _state(kept: KeptRisk) -> Item:
    state = {"level": {"S": str(kept.level)}, "at": {"N": str(to_ms(kept.at))}}
    return state | ({"owed": {"S": kept.owed.model_dump_json()}} if kept.owed else {})


def _still(previous: KeptRisk | None) -> dict[str, Any]:
    if previous is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    names = {"#level": "level", "#at": "at"}
    values = {f":{name}": value for name, value in _state(previous).items()}
    owed = "owed = :owed" if previous.owed else "attribute_not_exists(owed)"
    return {
        "ConditionExpression": f"#level = :level AND #at = :at AND {owed}",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }
