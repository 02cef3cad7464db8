"""RFC 9457 problem details: what was wrong, where, and how to mend it."""

import json
from typing import Any

from inframind.errors import NotFound, Rejected, Unavailable

CONTENT_TYPE = "application/problem+json"


def body(error: Rejected | Unavailable) -> dict[str, Any]:
    """The problem document of an error."""
    return {
        "type": "about:blank",
        "title": "Temporarily unavailable" if isinstance(error, Unavailable) else error.title,
        "status": status(error),
        "detail": error.detail,
        "errors": [{"where": fault.where, "what": fault.what} for fault in error.faults],
    }


def without_samples(resource: str) -> NotFound:
    """The answer to whoever asks about a resource that never sent anything."""
    return NotFound(
        f"Resource '{resource}' has sent no samples. GET /api/v1/resources lists those that have; "
        "POST /api/v1/metrics/ingest sends some."
    )


def headers(error: Rejected | Unavailable) -> dict[str, str]:
    """The headers that go with it: Retry-After on 503, WWW-Authenticate on 401."""
    extra = {}
    if isinstance(error, Unavailable):
        extra["retry-after"] = str(error.retry_after_s)
    elif error.status == 401:
        extra["www-authenticate"] = 'Bearer realm="inframind"'
    return {"content-type": CONTENT_TYPE, **extra}


def status(error: Rejected | Unavailable) -> int:
    """The HTTP status of an error."""
    return 503 if isinstance(error, Unavailable) else error.status


def text(error: Rejected | Unavailable) -> str:
    """The problem document as JSON text."""
    return json.dumps(body(error), ensure_ascii=False)
