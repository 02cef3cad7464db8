"""AWS calls of the engine with the standard library alone: what runs every second or at every start needs no boto3."""

import http.client
import json
from typing import Any

# On the calls of the local run itself, so that they do not count as changes worth saving.
MARK = "x-inframind-own"
# The engine is one process, and may have much to do before it answers.
PATIENCE_S = 60.0
AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"
VERSIONS = {"sqs": "application/x-amz-json-1.0"}


def aws_call(port: int, service: str, target: str, request: dict[str, Any]) -> dict[str, Any]:
    """The decoded answer of one call, an error's as well; `OSError` or `HTTPException` when nobody answers."""
    headers = {
        "X-Amz-Target": target,
        "Content-Type": VERSIONS.get(service, "application/x-amz-json-1.1"),
        "Authorization": AUTHORIZATION.format(service),
        MARK: "1",
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("POST", "/", json.dumps(request), headers)
        answer: dict[str, Any] = json.loads(connection.getresponse().read() or b"{}")
    finally:
        connection.close()
    return answer
