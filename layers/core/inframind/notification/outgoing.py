"""What is sent to a channel for a notice, and what its answer means."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from inframind.errors import Rejected, Unavailable
from inframind.identity import content_id
from inframind.notification import mail, pagerduty, slack, teams, webhook
from inframind.notification.channels import Channel, Secrets
from inframind.notification.notices import Notice
from inframind.redaction import redacted_in

SLACK_PASSES = {
    "ratelimited",
    "rate_limited",
    "service_unavailable",
    "internal_error",
    "fatal_error",
    "request_timeout",
}
SLACK_HAS_IT = {"duplicate_message_not_found", "duplicate_channel_not_found"}  # it was sent before, and is gone since


@dataclass(frozen=True, slots=True)
class Post:
    """An HTTP POST. Address, headers and body may hold secrets: none of them is printed."""

    url: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail to whoever has subscribed to the channel."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Digest:
    """The notices of a storm, one line each."""

    id: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Envelope:
    """What goes along with a notice: secrets, the thread it belongs to, a link, the time."""

    secrets: Secrets = field(repr=False)
    now: datetime
    thread: str | None = None
    link: str | None = None


def outgoing(channel: Channel, notice: Notice | Digest, envelope: Envelope) -> Post | Mail:
    """What is to be sent, without secrets of the incident's. Raises `Rejected` if the channel's own are gone."""
    if isinstance(notice, Digest):
        notice = Digest(notice.id, redacted_in(notice.lines))
    else:
        notice = notice.model_copy(update={"incident": redacted_in(notice.incident)})
    match channel.kind:
        case "slack":
            return _slack(channel, notice, envelope)
        case "pagerduty":
            return _pagerduty(channel, notice, envelope)
        case "teams":
            card = (
                teams.digest(len(notice.lines), list(notice.lines))
                if isinstance(notice, Digest)
                else teams.card(notice, envelope.link)
            )
            return _json(_secret(envelope, "webhook_url"), card)
        case "webhook":
            return _webhook(notice, envelope)
        case "email":
            whole = (
                mail.digest(notice.id, list(notice.lines))
                if isinstance(notice, Digest)
                else mail.mail(notice, envelope.link)
            )
            return Mail(*whole)


def thread_of(channel: Channel, envelope: Envelope, answer: bytes) -> str | None:
    """The thread that a message opened, where the provider has threads. Slack refuses with status 200: raises then."""
    if channel.kind != "slack" or "bot_token" not in envelope.secrets:
        return None
    try:
        told = json.loads(answer)
    except ValueError as cut:
        raise Unavailable("Slack's answer could not be read.") from cut
    if isinstance(told, dict) and told.get("ok") is True:
        return str(told["ts"]) if "ts" in told else None
    reason = str(told.get("error", "")) if isinstance(told, dict) else ""
    known = reason if reason.isascii() and reason.replace("_", "").isalnum() and len(reason) < 60 else "an error"
    if known in SLACK_HAS_IT:
        return None
    if known in SLACK_PASSES:
        raise Unavailable(f"Slack answered {known}.")
    raise Rejected(f"Slack answered {known}.")


def _slack(channel: Channel, notice: Notice | Digest, envelope: Envelope) -> Post:
    told = isinstance(notice, Digest)
    body = (
        slack.digest(len(notice.lines), notice.lines)
        if isinstance(notice, Digest)
        else slack.message(notice, envelope.link)
    )
    if "bot_token" not in envelope.secrets:
        return _json(_secret(envelope, "webhook_url"), body)
    body |= {"channel": channel.slack_channel, "unfurl_links": False} | _client_msg_id(channel, notice)
    if envelope.thread and not told:
        body |= {"thread_ts": envelope.thread, "reply_broadcast": _is_loud(notice)}
    bearer = {"authorization": f"Bearer {envelope.secrets['bot_token']}"}
    return _json(f"{channel.address}/chat.postMessage", body, bearer)


def _client_msg_id(channel: Channel, notice: Notice | Digest) -> dict[str, str]:
    """An id in the form of a UUID by which Slack may know a message that is sent again; none for a test.

    Slack speaks of it in the errors of `chat.postMessage` and promises nothing.
    """
    if isinstance(notice, Notice) and notice.event == "test":
        return {}
    name = notice.id if isinstance(notice, Digest) else webhook.notice_id(notice)
    made = content_id([one.encode() for one in (channel.id, channel.slack_channel or "", name)])
    return {"client_msg_id": f"{made[:8]}-{made[8:12]}-4{made[13:16]}-8{made[17:20]}-{made[20:]}"}


def _is_loud(notice: Notice | Digest) -> bool:
    return isinstance(notice, Notice) and notice.event in {"raised", "escalated"}


def _pagerduty(channel: Channel, notice: Notice | Digest, envelope: Envelope) -> Post:
    if isinstance(notice, Digest):
        raise Rejected("PagerDuty groups events itself; it takes no digest.")
    event = pagerduty.event(notice, _secret(envelope, "routing_key"), envelope.link)
    return _json(f"{channel.address}/v2/enqueue", event)


def _webhook(notice: Notice | Digest, envelope: Envelope) -> Post:
    body = (
        webhook.digest(notice.id, list(notice.lines), envelope.now)
        if isinstance(notice, Digest)
        else webhook.document(notice, envelope.now, envelope.link)
    )
    signed = webhook.headers(body, envelope.secrets.get("hmac_key"), envelope.now)
    name = notice.id if isinstance(notice, Digest) else webhook.notice_id(notice)
    return Post(_secret(envelope, "webhook_url"), signed | {"idempotency-key": f'"{name}"'}, body)


def _json(url: str, content: dict[str, Any], extra: dict[str, str] | None = None) -> Post:
    return Post(url, {"content-type": "application/json; charset=utf-8"} | (extra or {}), json.dumps(content).encode())


def _secret(envelope: Envelope, name: Any) -> str:
    if name not in envelope.secrets:
        raise Rejected(f"The channel has no {name} any more. Set its secrets anew.")
    return str(envelope.secrets[name])
