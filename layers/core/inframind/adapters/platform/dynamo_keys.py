"""Access keys and their audit records in the access table: two partitions, one item each.

A key's item holds its record as one JSON text, so that a change can ask in one condition whether the key is still
what the caller read. A change and its audit record are one transaction: no change goes unrecorded.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from inframind.adapters.aws import code, unavailable_as
from inframind.adapters.cursors import from_cursor, to_cursor
from inframind.adapters.dynamo_limits import could_be_kept
from inframind.adapters.reading import all_readable
from inframind.errors import Conflict, Damaged
from inframind.identity import content_id
from inframind.ports.paging import Page
from inframind.records import AccessKey, AuditRecord, KeyChange

KEYS, AUDIT = "keys", "audit"
ENDED_KEPT = timedelta(days=90)  # an ended key still explains its "was revoked" for a while, then TTL takes it
AUDIT_KEPT = timedelta(days=400)  # a year and a month: the usual look back of an audit

Item = dict[str, dict[str, str]]
Texts = dict[str, str]  # records as kept, by where they stand


class DynamoKeys:
    """The key store on a DynamoDB client, boto3's or the lean one (`get` alone)."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, key_id: str) -> AccessKey | None:
        """The key, read consistently: a key just made or revoked is seen as such. Raises `Damaged`."""
        text = self._text(key_id)
        return _key(key_id, text) if text is not None else None

    def put(self, key: AccessKey, *, create: bool = False) -> None:
        """Keeps the key; with `create`, raises `Conflict` if the id is taken."""
        condition = {"ConditionExpression": "attribute_not_exists(pk)"} if create else {}
        with unavailable_as("The access table"):
            try:
                self._client.put_item(TableName=self._table, Item=_key_item(key), **condition)
            except self._client.exceptions.ConditionalCheckFailedException as error:
                raise Conflict(f"There is a key {key.id} already.") from error

    def change(self, change: KeyChange) -> None:
        """Keeps the change and its record in one transaction."""
        puts = [{"Put": {"TableName": self._table, **put}} for put in self._puts(change)]
        with unavailable_as("The access table"):
            try:
                self._client.transact_write_items(TransactItems=puts)
            except self._client.exceptions.TransactionCanceledException as error:
                if _condition_failed(error):
                    raise Conflict(_conflict(change)) from error
                raise

    def note(self, record: AuditRecord) -> None:
        """Keeps the record of a change that is made elsewhere."""
        with unavailable_as("The access table"):
            self._client.put_item(TableName=self._table, Item=_audit_item(record))

    def list(self, limit: int, cursor: str | None = None) -> Page[AccessKey]:
        """Keys by id, a page at a time."""
        texts, following = self._page(KEYS, limit, cursor, forward=True)
        found, damaged = all_readable(_key, texts.items())
        return Page(found, following, damaged)

    def audit(self, limit: int, cursor: str | None = None) -> Page[AuditRecord]:
        """Audit records, newest first."""
        texts, following = self._page(AUDIT, limit, cursor, forward=False)
        found, damaged = all_readable(_audit_record, texts.items())
        return Page(found, following, damaged)

    def _text(self, key_id: str) -> str | None:
        if not could_be_kept(key_id):
            return None
        where = {"pk": {"S": KEYS}, "sk": {"S": key_id}}
        with unavailable_as("The access table"):
            answer = self._client.get_item(TableName=self._table, Key=where, ConsistentRead=True)
        return _text_of(answer["Item"]) if "Item" in answer else None

    def _puts(self, change: KeyChange) -> Iterator[dict[str, Any]]:
        yield {"Item": _audit_item(change.record)}
        if change.created:
            yield {"Item": _key_item(change.created), "ConditionExpression": "attribute_not_exists(pk)"}
        if change.replaced:
            before, after = change.replaced
            text = self._text(before.id)  # as it stands there: a record may be written in more ways than one
            if text is None or _key(before.id, text).model_dump_json() != before.model_dump_json():
                raise Conflict(_conflict(change))
            condition = {"ConditionExpression": "#record = :before", "ExpressionAttributeNames": {"#record": "record"}}
            yield {"Item": _key_item(after), **condition, "ExpressionAttributeValues": {":before": {"S": text}}}

    def _page(self, pk: str, limit: int, cursor: str | None, *, forward: bool) -> tuple[Texts, str | None]:
        start = {"ExclusiveStartKey": {"pk": {"S": pk}, "sk": {"S": from_cursor(cursor)}}} if cursor else {}
        with unavailable_as("The access table"):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": {"S": pk}},
                ScanIndexForward=forward,
                Limit=limit,
                **start,
            )
        last = answer.get("LastEvaluatedKey")
        texts = {item["sk"]["S"]: _text_of(item) for item in answer["Items"]}
        return texts, to_cursor(last["sk"]["S"]) if last else None


def _text_of(item: Any) -> str:
    return str(item.get("record", {}).get("S", ""))


def _key(key_id: str, text: str) -> AccessKey:
    """The key; one with a field unknown here is none, for the field may bound what it may do."""
    try:
        return AccessKey.model_validate_json(text)
    except ValueError as damage:
        raise Damaged(f"Key {key_id} is kept, and cannot be read.") from damage


def _audit_record(place: str, text: str) -> AuditRecord:
    try:
        return AuditRecord.read(text)
    except ValueError as damage:
        raise Damaged(f"The audit record {place} cannot be read.") from damage


def _key_item(key: AccessKey) -> Item:
    item = {"pk": {"S": KEYS}, "sk": {"S": key.id}, "record": {"S": key.model_dump_json()}}
    ends = [moment for moment in (key.expires_at, key.revoked_at) if moment]
    return item | _forgotten(_later(min(ends), ENDED_KEPT)) if ends else item


def _audit_item(record: AuditRecord) -> Item:
    text = record.model_dump_json()
    place = f"{record.at.isoformat(timespec='microseconds')}#{content_id([text.encode()], 8)}"
    return {"pk": {"S": AUDIT}, "sk": {"S": place}, "record": {"S": text}} | _forgotten(record.at + AUDIT_KEPT)


def _forgotten(moment: datetime) -> Item:
    return {"expires_at": {"N": str(int(moment.timestamp()))}}


def _later(moment: datetime, by: timedelta) -> datetime:
    """The moment so much later, or the last there is."""
    end = datetime.max.replace(tzinfo=UTC)
    return moment + by if moment < end - by else end


def _condition_failed(error: Any) -> bool:
    reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
    return code(error) == "TransactionCanceledException" and "ConditionalCheckFailed" in reasons


def _conflict(change: KeyChange) -> str:
    if change.created and not change.replaced:
        return f"There is a key {change.created.id} already. Its token was shown once; rotate it to have a new one."
    return f"Key {change.record.key_id} was changed by someone else meanwhile. Read it and try again."
