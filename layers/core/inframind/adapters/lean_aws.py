"""AWS operations with a JSON protocol, without boto3: a request is signed and sent in a tenth of the time.

Importing boto3 and making two clients costs a cold start 230 ms. The door of telemetry calls three operations, so it
signs them itself (Signature Version 4, equal to botocore's in a test). Errors are botocore's own, so that adapters
cannot tell the difference.
"""

import json
import os
import random
import time
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError, NoCredentialsError, NoRegionError

from inframind.adapters.lean_http import Connection, Reply
from inframind.adapters.lean_signing import Credentials, signed

ATTEMPTS = 3
BACKOFF_S = 0.05  # doubled with each attempt, times a random part: crowds of functions must not come back together
THROTTLED = {
    "ThrottlingException",
    "ThrottledException",
    "Throttling",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
}
OPERATIONS = {
    "dynamodb": ("DynamoDB_20120810", {"get_item": "GetItem", "update_item": "UpdateItem"}),
    "sqs": ("AmazonSQS", {"send_message_batch": "SendMessageBatch"}),
}


class LeanClient:
    """The few operations of `dynamodb` or `sqs` that the door needs, named and shaped as boto3's client has them."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._region = _region()
        self._target, self._names = OPERATIONS[service]
        self._connection = Connection(_endpoint(service, self._region))

    def get_item(self, **parameters: Any) -> dict[str, Any]:
        """DynamoDB's GetItem."""
        return self._call("get_item", parameters)

    def update_item(self, **parameters: Any) -> dict[str, Any]:
        """DynamoDB's UpdateItem."""
        return self._call("update_item", parameters)

    def send_message_batch(self, **parameters: Any) -> dict[str, Any]:
        """SQS' SendMessageBatch."""
        return self._call("send_message_batch", parameters)

    def _call(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """The operation's answer; raises `ClientError`, or another `BotoCoreError` where there was no answer."""
        operation = self._names[method]
        body = json.dumps(parameters).encode()
        for attempt in range(1, ATTEMPTS + 1):
            is_last = attempt == ATTEMPTS
            reply = self._connection.post(*self._signed(operation, body), raises=is_last)
            if reply is not None and reply.status == 200:
                return json.loads(reply.body)  # type: ignore[no-any-return]
            if reply is not None and (is_last or not _is_temporary(reply)):
                raise ClientError(_error(reply), operation)
            time.sleep(random.random() * BACKOFF_S * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def _signed(self, operation: str, body: bytes) -> tuple[dict[str, str], bytes]:
        headers = {
            "content-type": "application/x-amz-json-1.0",
            "host": self._connection.host,
            "x-amz-date": datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"),
            "x-amz-target": f"{self._target}.{operation}",
        }
        return signed(headers, body, (self._service, self._region), _credentials()), body


def _credentials() -> Credentials:
    """From the environment, at every call: Lambda renews them there."""
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if not key or not secret:
        raise NoCredentialsError
    return Credentials(key, secret, os.environ.get("AWS_SESSION_TOKEN"))


def _region() -> str:
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not region:
        raise NoRegionError
    return region


def _endpoint(service: str, region: str) -> str:
    own = os.environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or os.environ.get("AWS_ENDPOINT_URL")
    return own or f"https://{service}.{region}.amazonaws.com"


def _is_temporary(reply: Reply) -> bool:
    return reply.status >= 500 or _code(reply) in THROTTLED


def _error(reply: Reply) -> dict[str, Any]:
    document = _document(reply)
    message = document.get("message") or document.get("Message") or ""
    return {
        "Error": {"Code": _code(reply), "Message": str(message)},
        "ResponseMetadata": {"HTTPStatusCode": reply.status},
    }


def _code(reply: Reply) -> str:
    """The error's code: SQS keeps its former codes in a header, everyone names it in `__type` behind a `#`."""
    former = reply.headers.get("x-amzn-query-error", "").partition(";")[0]
    return former or str(_document(reply).get("__type", reply.status)).rpartition("#")[2]


def _document(reply: Reply) -> dict[str, Any]:
    try:
        document = json.loads(reply.body)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
