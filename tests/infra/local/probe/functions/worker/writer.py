"""Stores every queued message under its body; `poison` always fails, so that it becomes a dead letter."""

import json
import os
from typing import Any

import boto3

items = boto3.client("dynamodb")


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    print(json.dumps({"level": "INFO", "message": "batch", "service": "worker"}))
    failed = []
    for record in event.get("Records", []):
        if record["body"] == "poison":
            failed.append({"itemIdentifier": record["messageId"]})
            continue
        name = json.loads(record["body"])["detail"]["name"] if record["body"].startswith("{") else record["body"]
        items.put_item(TableName=os.environ["TABLE"], Item={"pk": {"S": name}, "value": {"B": b"worker"}})
    return {"batchItemFailures": failed}
