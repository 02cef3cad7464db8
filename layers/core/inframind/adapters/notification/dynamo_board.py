"""The newest state of each incident in DynamoDB, what a notice needs of it; open ones are listed in a partition.

`pk` = "incident#<id>", `sk` = "state"; and while it is open, `pk` = "open", `sk` = the id. The list is written after
the state, so it may name one that has ended: the state decides, and the reader strikes it off.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from inframind.adapters.aws import unavailable_as
from inframind.adapters.dynamo_partition import partition
from inframind.adapters.notification.dynamo_damaged import TABLE, set_aside
from inframind.errors import Damaged, Unavailable
from inframind.notification.notices import ENDED, newest
from inframind.signals import Incident

OPEN = {"S": "open"}
TRIES = 5

Item = dict[str, Any]


class DynamoBoard:
    """The board on a DynamoDB client; `kept` is for how long after its last change a state is.

    As long as the incident itself: until then the escalator asks for it, and a late fact is known as old.
    """

    def __init__(self, client: Any, table: str, kept: timedelta) -> None:
        self._client = client
        self._table = table
        self._kept = kept

    def note(self, incident: Incident, now: datetime) -> Incident:
        """The newest of the state given and the one known, which is kept."""
        for _ in range(TRIES):
            known = self._state(incident.id)
            state = newest(_read(known), incident) if known is not None else incident
            if self._keep(state, known, now):
                self._list(state)
                return state
        raise Unavailable(f"The state of incident {incident.id} was written by others {TRIES} times in succession.")

    def listed(self) -> Sequence[str]:
        """The ids of all incidents that have not ended, and perhaps of some that have."""
        with unavailable_as(TABLE):
            return [item["sk"]["S"] for item in partition(self._client, self._table, OPEN["S"])]

    def open(self, incident_id: str) -> Incident | None:
        """The incident, if it has not ended; else it is struck off the list."""
        text = self._state(incident_id)
        state = _read(text) if text is not None else None
        if state is not None and state.status not in ENDED:
            return state
        self._strike(incident_id)
        return None

    def set_aside(self, incident_id: str) -> None:
        """Keeps a state that cannot be read elsewhere; one that has been made readable meanwhile stays."""
        item = self._item(incident_id)
        if item and _is_damaged(item):
            set_aside(self._client, self._table, item, whole=True)

    def _state(self, incident_id: str) -> str | None:
        item = self._item(incident_id)
        return _text(item) if item else None

    def _item(self, incident_id: str) -> Item | None:
        with unavailable_as(TABLE):
            answer = self._client.get_item(TableName=self._table, Key=_key(incident_id), ConsistentRead=True)
        found: Item | None = answer.get("Item")
        return found

    def _keep(self, state: Incident, known: str | None, now: datetime) -> bool:
        text = state.model_dump_json()
        if text == known:
            return True
        item = _key(state.id) | {"record": {"S": text}, "expires_at": {"N": str(int((now + self._kept).timestamp()))}}
        condition: Item = {"ConditionExpression": "attribute_not_exists(pk)"}
        if known is not None:
            condition = {
                "ConditionExpression": "#record = :known",
                "ExpressionAttributeNames": {"#record": "record"},
                "ExpressionAttributeValues": {":known": {"S": known}},
            }
        with unavailable_as(TABLE):
            try:
                self._client.put_item(TableName=self._table, Item=item, **condition)
            except self._client.exceptions.ConditionalCheckFailedException:
                return False
        return True

    def _list(self, state: Incident) -> None:
        if state.status in ENDED:
            self._strike(state.id)
            return
        with unavailable_as(TABLE):
            self._client.put_item(TableName=self._table, Item={"pk": OPEN, "sk": {"S": state.id}})

    def _strike(self, incident_id: str) -> None:
        with unavailable_as(TABLE):
            self._client.delete_item(TableName=self._table, Key={"pk": OPEN, "sk": {"S": incident_id}})


def _text(item: Item) -> str:
    return str(item.get("record", {}).get("S", ""))


def _is_damaged(item: Item) -> bool:
    try:
        _read(_text(item))
    except Damaged:
        return True
    return False


def _read(text: str) -> Incident:
    try:
        return Incident.read(text)
    except ValidationError as damage:
        raise Damaged("The state of an incident cannot be read.") from damage


def _key(incident_id: str) -> Item:
    return {"pk": {"S": f"incident#{incident_id}"}, "sk": {"S": "state"}}
