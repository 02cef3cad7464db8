"""A notice for anybody's own endpoint: JSON, signed with a time stamp so that it cannot be forged or replayed."""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from inframind.identity import content_id
from inframind.notification import wording
from inframind.notification.notices import Notice
from inframind.records import rfc3339

SIGNALS = 50


def document(notice: Notice, now: datetime, link: str | None = None) -> bytes:
    """The body: a notice's id (the same when it is sent again), what happened, the incident, the words."""
    incident = notice.incident.model_copy(update={"signals": notice.incident.signals[:SIGNALS]})
    return _json(
        {
            "id": notice_id(notice),
            "event": notice.event,
            "sent_at": rfc3339(now),
            "headline": wording.headline(notice),
            "link": link,
            "incident": incident.model_dump(mode="json"),
        }
    )


def digest(digest_id: str, lines: list[str], now: datetime) -> bytes:
    """The body for the many notices of a storm."""
    return _json({"id": digest_id, "event": "digest", "sent_at": rfc3339(now), "headlines": lines})


def headers(body: bytes, key: str | None, now: datetime) -> dict[str, str]:
    """The headers that go with a body; `X-InfraMind-Signature` where the channel has a key.

    >>> headers(b"{}", "secret", datetime.fromisoformat("2026-01-11T10:30:00+00:00"))["x-inframind-signature"][:21]
    't=1768127400,v1=fa48e'
    """
    sent = {"content-type": "application/json"}
    return sent | ({"x-inframind-signature": signature(body, key, int(now.timestamp()))} if key else {})


def signature(body: bytes, key: str, stamp: int) -> str:
    """`t=<epoch seconds>,v1=<hex HMAC-SHA256 over "<t>.<body>">`: the receiver checks both, and the age of `t`."""
    mac = hmac.new(key.encode(), f"{stamp}.".encode() + body, hashlib.sha256)
    return f"t={stamp},v1={mac.hexdigest()}"


def notice_id(notice: Notice) -> str:
    """The id of a notice, by which a receiver drops repeats."""
    return content_id([notice.incident.id.encode(), notice.reason.encode()])


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, default=str).encode(errors="replace")
