"""HEAD: what GET would answer, but for the body."""

from collections.abc import Callable
from typing import Any

from inframind import entry

Handler = Callable[[entry.Event, Any], entry.Event]


def without_body_for_head(handle: Handler) -> Handler:
    """`handle`, whose answers to HEAD have no body, nor the length of one."""

    def handler(event: entry.Event, context: Any) -> entry.Event:
        answer = handle(event, context)
        if event["requestContext"]["http"]["method"] != "HEAD":
            return answer
        headers = {name: value for name, value in answer.get("headers", {}).items() if name != "content-length"}
        return {**answer, "headers": headers, "body": "", "isBase64Encoded": False}

    return handler
