"""Problem details (RFC 9457) that the front door answers itself, as ASGI messages."""

import json
from typing import Any

Message = dict[str, Any]

# Long enough for a restart of a function, short enough that a sender's queue does not grow.
RETRY_AFTER_S = 2


def problem(status: int, title: str, detail: str, retry: bool = False) -> tuple[Message, Message]:
    """The two ASGI messages of one problem; `retry` adds Retry-After, which senders obey."""
    document = {"type": "about:blank", "title": title, "status": status, "detail": detail, "errors": []}
    body = json.dumps(document).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        *([(b"retry-after", str(RETRY_AFTER_S).encode())] if retry else []),
    ]
    start = {"type": "http.response.start", "status": status, "headers": headers}
    return start, {"type": "http.response.body", "body": body, "more_body": False}


def starting() -> tuple[Message, Message]:
    return problem(503, "Starting", "InfraMind is deploying. Ask again in a few seconds.", retry=True)


def failed() -> tuple[Message, Message]:
    detail = "The function that answers this path failed. Nothing was accepted; send the request again."
    return problem(503, "Temporarily unavailable", detail, retry=True)


def too_large(limit: int, what: str) -> tuple[Message, Message]:
    detail = f"{what} is larger than {limit} bytes ({limit // 2**20} MB). Send smaller batches."
    return problem(413, "The body is too large", detail)


def not_inflatable(reason: str) -> tuple[Message, Message]:
    detail = (
        f"The body is announced as gzip and cannot be inflated: {reason}. Send it whole, or without Content-Encoding."
    )
    return problem(400, "The request could not be read", detail)
