"""HTTP API events (payload 2.0) as API Gateway makes them, and answers as it reads them."""

import json
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass(frozen=True)
class Answer:
    """Status, headers and body of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


def event(method: str, url: str, *, route: str = "$default", key: str = "", body: Any = None) -> dict[str, Any]:
    """One request; `route` is the gateway's route key, `key` an access key, `body` JSON."""
    parts = urlsplit(url)
    headers = {"host": "test", "content-type": "application/json"} | ({"x-api-key": key} if key else {})
    return {
        "version": "2.0",
        "routeKey": route,
        "rawPath": parts.path,
        "rawQueryString": parts.query,
        "headers": headers,
        "requestContext": {
            "http": {"method": method, "path": parts.path, "sourceIp": "192.0.2.1", "protocol": "HTTP/1.1"},
            "stage": "$default",
        },
        "isBase64Encoded": False,
        **({} if body is None else {"body": json.dumps(body)}),
    }


def ask(handler: Handler, request: dict[str, Any]) -> Answer:
    """The handler's answer to a request."""
    answer = handler(request, None)
    body = answer.get("body", "")
    raw = b64decode(body) if answer.get("isBase64Encoded") else body.encode()
    return Answer(answer["statusCode"], answer.get("headers", {}), raw)
