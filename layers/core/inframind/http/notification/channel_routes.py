"""The routes of channels: where people are told. Secrets go in and never come out."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from inframind import wiring
from inframind.errors import Conflict, Fault, Rejected, Unavailable
from inframind.http import crud
from inframind.http.app import needs, refusals
from inframind.http.audit import record_change
from inframind.http.crud import IdempotencyKey
from inframind.http.examples import answer_example, body_example
from inframind.http.paging import Cursor, Limit
from inframind.notification.channels import Channel, ChannelWanted, SecretName, Secrets, check_address, missing
from inframind.notification.notices import Notice
from inframind.records import AccessKey, Role
from inframind.signals import Incident
from inframind.usecases import clock
from inframind.usecases.damage import readable, reported
from inframind.usecases.notification.notifying import send

WANTED: dict[str, Any] = {
    "name": "operations",
    "kind": "slack",
    "enabled": True,
    "slack_channel": None,
    "api_url": None,
    "storm_limit": 20,
}
ORDER = WANTED | {"secrets": {"webhook_url": "https://hooks.slack.com/services/T000/B000/XXXX"}}
TIMES = {"created_at": "2026-01-11T10:30:00Z", "updated_at": "2026-01-11T10:30:00Z"}
CHANNEL = WANTED | {"id": "4d2f9a1c07be", "secret_names": ["webhook_url"]} | TIMES
PAGE: dict[str, Any] = {"items": [CHANNEL], "cursor": None}
TRIED: dict[str, Any] = {"delivered": False, "reason": "hooks.slack.com answered 404."}
SECRETS = (
    "slack takes `webhook_url`, or `bot_token` with `slack_channel` (updates are then replies in a thread); pagerduty "
    "`routing_key`; teams `webhook_url`; webhook `webhook_url` and, to have calls signed, `hmac_key`; email none."
)
Viewer, Operator, Admin = needs(Role.VIEWER), needs(Role.OPERATOR), needs(Role.ADMIN)
Secret = Annotated[str, Field(min_length=1, max_length=1_000, pattern=r"^[!-~]+$")]


class ChannelOrder(ChannelWanted):
    """A channel and what is secret about it."""

    secrets: dict[SecretName, Secret] | None = Field(
        None, description=f"Write only. Left out of a PUT: those that are kept stay. {SECRETS}"
    )

    def wanted(self) -> dict[str, Any]:
        """Everything but the secrets."""
        return self.model_dump(exclude={"secrets"})


class ChannelPage(BaseModel):
    """Channels by id."""

    model_config = ConfigDict(json_schema_extra={"examples": [PAGE]})

    items: list[Channel]
    cursor: str | None = Field(description="Where the next page starts; null on the last.")


class Tried(BaseModel):
    """Whether a test notice arrived."""

    model_config = ConfigDict(json_schema_extra={"examples": [TRIED]})

    delivered: bool
    reason: str = Field(description="What the provider said, if it did not take it.")


router = APIRouter(prefix="/api/v1/notifications/channels", tags=["notification"])


@router.get(
    "",
    operation_id="list_channels",
    summary="Where people are told",
    description="By id, a page at a time. Secrets are never shown. For role viewer.",
    responses=answer_example(PAGE) | refusals(422),
    dependencies=[Viewer],
)
async def list_channels(limit: Limit = 100, cursor: Cursor = None) -> ChannelPage:
    page = reported(wiring.channels().list(limit, cursor), "channel")
    return ChannelPage(items=list(page.items), cursor=page.cursor)


@router.get(
    "/{channel_id}",
    operation_id="get_channel",
    summary="One channel",
    description="Everything but its secrets. For role viewer.",
    responses=answer_example(CHANNEL) | refusals(404, 409),
    dependencies=[Viewer],
)
async def get_channel(channel_id: str) -> Channel:
    return _known(channel_id)


@router.post(
    "",
    operation_id="create_channel",
    summary="Add a channel",
    description=f"Secrets: {SECRETS} They are kept encrypted in the parameter store. While there is no escalation, "
    "every channel is told of every incident. For role admin.",
    status_code=201,
    openapi_extra=body_example(ORDER),
    responses=answer_example(CHANNEL, 201) | refusals(409, 422),
)
async def create_channel(
    order: ChannelOrder,
    caller: Annotated[AccessKey, Admin],
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Channel:
    given = _checked(order, order.secrets or {})
    names = tuple(sorted(given))
    channel = Channel(**order.wanted(), secret_names=names, **crud.creation_fields(caller, idempotency_key))
    if wiring.channels().get(channel.id) is None:
        record_change(caller, "channel.created", channel.id, _told(channel))
        wiring.channel_secrets().write(channel.id, given)
    elif wiring.channel_secrets().read(channel.id) != given:
        raise Conflict(f"This Idempotency-Key made channel {channel.id}, which has other secrets.")
    kept = crud.create(wiring.channels(), channel, "channel")
    response.headers["location"] = f"/api/v1/notifications/channels/{kept.id}"
    return kept


@router.put(
    "/{channel_id}",
    operation_id="replace_channel",
    summary="Replace a channel",
    description="What the body leaves out takes its default, but for the secrets, which stay; a change of `kind` or "
    "`api_url` takes them anew, so that no token goes where it was not meant for. For role admin.",
    openapi_extra=body_example(ORDER),
    responses=answer_example(CHANNEL) | refusals(404, 409, 422),
)
async def replace_channel(channel_id: str, order: ChannelOrder, caller: Annotated[AccessKey, Admin]) -> Channel:
    before = _known(channel_id)
    moved = (order.kind, order.api_url) != (before.kind, before.api_url)
    kept: Secrets = {} if moved or order.secrets is not None else wiring.channel_secrets().read(channel_id)
    given = _checked(order, order.secrets if order.secrets is not None else kept)
    times = {"created_at": before.created_at, "updated_at": clock.now()}
    channel = Channel(**order.wanted(), id=channel_id, secret_names=tuple(sorted(given)), **times)
    secrets = "; new secrets" if order.secrets is not None else ""
    record_change(caller, "channel.changed", channel_id, f"{_told(channel)}{secrets}")
    if order.secrets is not None:
        wiring.channel_secrets().write(channel_id, given)
    if not wiring.channels().replace(channel):
        raise crud.not_found(channel_id, "channel")
    return channel


@router.delete(
    "/{channel_id}",
    operation_id="delete_channel",
    summary="Delete a channel",
    description="Its secrets are deleted with it. 409 while an escalation names it. For role admin.",
    status_code=204,
    response_class=Response,
    responses=refusals(404, 409),
)
async def delete_channel(channel_id: str, caller: Annotated[AccessKey, Admin]) -> Response:
    channel = _known(channel_id)
    escalations = readable(wiring.escalations(), "escalation")
    users = [one.id for one in escalations if any(channel_id in step.channels for step in one.steps)]
    if users:
        raise Conflict(f"Escalation {users[0]} tells channel {channel_id}. Take it out there first.")
    record_change(caller, "channel.deleted", channel_id, _told(channel))
    wiring.channel_secrets().delete(channel_id)
    if not wiring.channels().delete(channel_id):
        raise crud.not_found(channel_id, "channel")
    return Response(status_code=204)


@router.post(
    "/{channel_id}/test",
    operation_id="test_channel",
    summary="Send a test notice",
    description="Sends at once, whatever is silenced, and says what the provider answered. For role operator.",
    responses=answer_example(TRIED) | refusals(404, 409),
    dependencies=[Operator],
)
async def test_channel(channel_id: str) -> Tried:
    channel, now = _known(channel_id), datetime.now(UTC)
    try:
        send(channel, _sample(channel, now), now)
    except (Rejected, Unavailable) as failed:
        return Tried(delivered=False, reason=failed.detail)
    return Tried(delivered=True, reason="")


def _told(channel: Channel) -> str:
    """The channel in a word, for the audit: nothing secret."""
    return f"'{channel.name}', {channel.kind}, {'enabled' if channel.enabled else 'disabled'}"


def _checked(order: ChannelOrder, given: Secrets) -> Secrets:
    wrong = missing(order, given)
    if wrong:
        raise Rejected("The channel's secrets do not fit.", [Fault("body.secrets", wrong)])
    if "webhook_url" in given:
        try:
            check_address(given["webhook_url"])
        except ValueError as refused:
            raise Rejected("The address is none.", [Fault("body.secrets.webhook_url", str(refused))]) from refused
    return dict(given)


def _sample(channel: Channel, now: datetime) -> Notice:
    """A notice of an incident that is none; for PagerDuty its resolution, which pages nobody."""
    incident = Incident(
        id=f"test-{channel.id}",
        title=f"a test of channel '{channel.name}'",
        status="open",
        severity="low",
        services=("inframind",),
        opened_at=now,
        changed_at=now,
        signal_count=0,
        signals=(),
        timeline=(),
    )
    event: Any = "resolved" if channel.kind == "pagerduty" else "test"
    return Notice(incident=incident, event=event, reason="test")


def _known(channel_id: str) -> Channel:
    return crud.found(wiring.channels(), channel_id, "channel")
