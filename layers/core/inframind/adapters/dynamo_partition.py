"""A whole partition of a DynamoDB table. Apart from `dynamo_many`, which functions that start often do not need."""

from collections.abc import Iterator
from typing import Any


def partition(client: Any, table: str, name: str) -> Iterator[dict[str, dict[str, Any]]]:
    """Every item of it by sort key, read consistently, a page after the other as far as it is asked for."""
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": name}},
        ConsistentRead=True,
    )
    for page in pages:
        yield from page["Items"]
