"""Channels: where people are told. What is secret about one (its address, its keys) is never part of it."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from inframind.names import VisibleName
from inframind.records import Moment, Record

Kind = Literal["slack", "pagerduty", "teams", "webhook", "email"]
SecretName = Literal["webhook_url", "bot_token", "routing_key", "hmac_key"]
Secrets = dict[SecretName, str]

TAKES: dict[Kind, tuple[SecretName, ...]] = {
    "slack": ("webhook_url", "bot_token"),
    "pagerduty": ("routing_key",),
    "teams": ("webhook_url",),
    "webhook": ("webhook_url", "hmac_key"),
    "email": (),
}
ADDRESSES: dict[Kind, str] = {
    "slack": "https://slack.com/api",
    "pagerduty": "https://events.pagerduty.com",
}
STORM_WINDOW_S = 300  # notices of a channel are counted over windows of five minutes


class ChannelWanted(Record):
    """A channel as people configure it, without what is secret about it."""

    name: VisibleName = Field(min_length=1, max_length=100)
    kind: Kind
    enabled: bool = True
    slack_channel: VisibleName | None = Field(
        None, min_length=1, max_length=100, description="Slack with a bot token: the channel's id or #name."
    )
    api_url: str | None = Field(
        None,
        max_length=300,
        description="Slack and PagerDuty: another host of theirs, such as https://events.eu.pagerduty.com.",
    )
    storm_limit: int = Field(
        20, ge=1, le=1_000, description="Notices in five minutes; what comes beyond is gathered in a digest a minute."
    )

    @model_validator(mode="after")
    def _fits(self) -> "ChannelWanted":
        if self.api_url is not None:
            if self.kind not in ADDRESSES:
                raise ValueError(f"api_url means nothing to {self.kind}; its address is the secret webhook_url")
            check_address(self.api_url)
        return self


class Channel(ChannelWanted):
    """A channel as kept; what is secret about it is kept in the parameter store."""

    id: str
    secret_names: tuple[SecretName, ...] = Field((), description="Which secrets are kept for it; never shown.")
    created_at: Moment
    updated_at: Moment

    @property
    def address(self) -> str:
        """The provider's host, where it is not secret."""
        return (self.api_url or ADDRESSES[self.kind]).rstrip("/")


def missing(channel: ChannelWanted, secrets: Secrets) -> str | None:
    """What a channel's secrets lack or have too many of, in words; None if they are right."""
    foreign = sorted(set(secrets) - set(TAKES[channel.kind]))
    if foreign:
        return f"{channel.kind} takes no {', '.join(foreign)}"
    if channel.kind == "slack":
        if len(secrets) != 1:
            return "slack takes either webhook_url or bot_token"
        return "a bot_token needs slack_channel" if "bot_token" in secrets and not channel.slack_channel else None
    needed = [name for name in TAKES[channel.kind] if name != "hmac_key" and name not in secrets]
    return f"{channel.kind} needs {', '.join(needed)}" if needed else None


def check_address(url: str) -> str:
    """The address, if it has the shape of one that could be called; raises `ValueError`.

    >>> check_address("https://hooks.example.com/a")
    'https://hooks.example.com/a'
    """
    parts = urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username or parts.password:
        raise ValueError("must be an address such as https://host/path, without a user name")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("must be printable ASCII; percent-encode the rest")
    if parts.port == 0:
        raise ValueError("must have a port above 0")
    return url
