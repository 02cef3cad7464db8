"""Items of DynamoDB that are replaced only by a writer that has read them: `version` counts the writes."""

from typing import Any


def unless_moved(version: int) -> dict[str, Any]:
    """The arguments of a put that fails unless the item is still at `version`; 0: unless there is still none.

    >>> unless_moved(0)
    {'ConditionExpression': 'attribute_not_exists(pk)'}
    """
    if not version:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(version)}},
    }


def next_version(version: int) -> dict[str, Any]:
    """The attribute that an item bears which replaces the one at `version`."""
    return {"version": {"N": str(version + 1)}}
