"""Answers with what arrived, byte for byte, and lets a test write, read, queue, crash and look at the environment."""

import base64
import json
import os
import sys
from typing import Any

import boto3
from probe import NAME  # type: ignore[import-not-found]  # the layer's

items = boto3.client("dynamodb")
queues = boto3.client("sqs")
objects = boto3.client("s3")
bus = boto3.client("events")

Event = dict[str, Any]


def handler(event: Event, context: object) -> dict[str, Any]:
    log("INFO", "called")
    body = event.get("body") or ""
    raw = base64.b64decode(body) if event["isBase64Encoded"] else body.encode()
    first = event["rawPath"].split("/")[1]
    return PATHS.get(first, seen)(event, raw)


def log(level: str, message: str, **fields: object) -> None:
    print(json.dumps({"level": level, "message": message, "service": "echo", **fields}))


def answer(status: int, body: bytes = b"", kind: str = "application/json") -> dict[str, Any]:
    headers = {"content-type": kind}
    return {"statusCode": status, "headers": headers, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}


def seen(event: Event, raw: bytes) -> dict[str, Any]:
    found = {"layer": NAME, "path": event["rawPath"], "route": event["routeKey"], "headers": event["headers"]}
    found |= {"parameters": event.get("pathParameters"), "body": raw.decode("latin-1")}
    return answer(200, json.dumps(found).encode())


def crash(event: Event, raw: bytes) -> dict[str, Any]:
    raise RuntimeError("asked to crash")


def leave(event: Event, raw: bytes) -> dict[str, Any]:
    os._exit(3)


def problem(event: Event, raw: bytes) -> dict[str, Any]:
    return answer(500, b"{}", "application/problem+json")


def warn(event: Event, raw: bytes) -> dict[str, Any]:
    log("WARNING", "queue is long", waiting=12)
    log("INFO", "anomaly found", event="AnomalyFound", resource="db-1")
    return answer(204)


def environment(event: Event, raw: bytes) -> dict[str, Any]:
    return answer(200, json.dumps({"environ": dict(os.environ), "python": sys.executable}).encode())


def send(event: Event, raw: bytes) -> dict[str, Any]:
    where = event["rawPath"].rsplit("/", 1)[1]
    if where == "bus":
        entry = {"EventBusName": os.environ["BUS"], "Source": "probe", "DetailType": "Asked", "Detail": raw.decode()}
        bus.put_events(Entries=[entry])
    else:
        group = {"MessageGroupId": "g"} if where == "fifo" else {}
        queues.send_message(QueueUrl=os.environ[where.upper()], MessageBody=raw.decode(), **group)
    return answer(202)


def stored(event: Event, raw: bytes) -> dict[str, Any]:
    name = event["pathParameters"]["name"]
    if event["requestContext"]["http"]["method"] == "PUT":
        items.put_item(TableName=os.environ["TABLE"], Item={"pk": {"S": name}, "value": {"B": raw}})
        objects.put_object(Bucket=os.environ["BUCKET"], Key=name, Body=raw)
        return answer(204)
    found = items.get_item(TableName=os.environ["TABLE"], Key={"pk": {"S": name}}).get("Item")
    return answer(200, found["value"]["B"], "application/octet-stream") if found else answer(404)


def echo(event: Event, raw: bytes) -> dict[str, Any]:
    return answer(200, raw, "application/octet-stream")


PATHS = {
    "crash": crash,
    "exit": leave,
    "problem": problem,
    "warn": warn,
    "environment": environment,
    "send": send,
    "items": stored,
    "raw": echo,
}
