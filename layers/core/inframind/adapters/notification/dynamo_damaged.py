"""Items of the notification table that cannot be read, kept for a person to look at: `pk` = "damaged#<theirs>".

The copy and the end of the original are one transaction, and the copy never expires: nothing is lost.
"""

from typing import Any

from inframind.adapters.aws import code, unavailable_as
from inframind.identity import content_id

TABLE = "The notification table"
RECORD = {"#record": "record"}

Item = dict[str, Any]


def set_aside(client: Any, table: str, item: Item, *, whole: bool) -> None:
    """Keeps a copy of the item and takes its record out of it, or the `whole` item away, unless it has changed."""
    key = {name: item[name] for name in ("pk", "sk")}
    still: Item = {"ConditionExpression": "attribute_not_exists(#record)", "ExpressionAttributeNames": RECORD}
    if "record" in item:
        still |= {"ConditionExpression": "#record = :record", "ExpressionAttributeValues": {":record": item["record"]}}
    gone = {"Delete": {"TableName": table, "Key": key, **still}}
    without = {"Update": {"TableName": table, "Key": key, "UpdateExpression": "REMOVE #record", **still}}
    with unavailable_as(TABLE):
        try:
            client.transact_write_items(
                TransactItems=[{"Put": {"TableName": table, "Item": _copy(item)}}, gone if whole else without]
            )
        except client.exceptions.TransactionCanceledException as error:
            reasons = {reason.get("Code") for reason in error.response.get("CancellationReasons", ())}
            if code(error) != "TransactionCanceledException" or "ConditionalCheckFailed" not in reasons:
                raise


def _copy(item: Item) -> Item:
    pk, sk = (item[name]["S"] for name in ("pk", "sk"))
    digest = content_id([repr(item.get("record")).encode()], 6)
    kept = {name: value for name, value in item.items() if name != "expires_at"}
    return kept | {"pk": {"S": f"damaged#{pk}"}, "sk": {"S": f"{sk}#{digest}"}}
