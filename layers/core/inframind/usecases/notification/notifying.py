"""Notifies people of an incident: fetches rules and the ledger, asks the room of notification, sends notices.

The sender calls this for every fact, and the escalator each minute for every open incident, so whatever one of them
could not do the other makes up for. The ledger makes sure that it is done once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from inframind import wiring
from inframind.entry import Bug, attempt, logger
from inframind.errors import Damaged, InframindError, Rejected, Unavailable
from inframind.notification.channels import Channel
from inframind.notification.escalations import Escalation, due, in_charge
from inframind.notification.notices import ENDED, DeliveryRecord, Notice, asked_for, news
from inframind.notification.outgoing import Digest, Envelope, Mail, outgoing, thread_of
from inframind.notification.silences import Silence, silenced_by
from inframind.notification.webhook import notice_id
from inframind.notification.wording import headline, is_over
from inframind.settings import settings
from inframind.signals import Incident
from inframind.usecases.counters import add_counts
from inframind.usecases.damage import readable, report, reported

WORD = "notification"
MOST_AT_ONCE = 5  # notices to one channel of one incident in one go: more than the states an incident can skip

log = logger(WORD)


class Unreachable(Unavailable):
    """The provider of a channel does not answer for now."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What people have configured, read once for a batch; and which channels turned out to be unreachable in it.

    `is_complete`: there is no escalation that cannot be read.
    """

    channels: Mapping[str, Channel]
    escalations: Sequence[Escalation]
    silences: Sequence[Silence]
    unreachable: set[str] = field(default_factory=set)
    is_complete: bool = True

    @classmethod
    def current(cls) -> "Rules":
        """As it is now; channels that are switched off are left out, and whatever cannot be read."""
        channels = {one.id: one for one in readable(wiring.channels(), "channel") if one.enabled}
        escalations = reported(wiring.escalations().all(), "escalation")
        silences = readable(wiring.silences(), "silence")
        return cls(channels, escalations.items, silences, is_complete=not escalations.damaged)


def notify(incident: Incident, rules: Rules, now: datetime) -> int:
    """Sends whatever is due of the incident at `now`; the number of notices.

    Every channel is tried; then raises `Unavailable` if one could not be told for now.
    """
    silent = silenced_by(incident, rules.silences, now) is not None
    wanted = _wanted(incident, rules, now)
    outcomes = {
        name: attempt(partial(_notify_channel, rules.channels[name], incident, reasons, now, silent))
        for name, reasons in wanted.items()
        if name in rules.channels and name not in rules.unreachable
    }
    late = [name for name in wanted if name in rules.unreachable]  # one time-out each is enough for a batch
    rules.unreachable.update(name for name, one in outcomes.items() if isinstance(one, Unreachable))
    return _sum_up(incident, list(outcomes.values()), late)


def _sum_up(incident: Incident, outcomes: Sequence[int | InframindError | Bug], late: Sequence[str]) -> int:
    for bug in [one for one in outcomes if isinstance(one, Bug)]:
        raise bug.cause
    failed = [one for one in outcomes if isinstance(one, InframindError)]
    if failed or late:
        first = failed[0] if failed else f"channel {late[0]} was unreachable a moment ago"
        raise Unavailable(f"{len(failed) + len(late)} channels were not told of {incident.id}: {first}")
    return sum(one for one in outcomes if isinstance(one, int))


def _wanted(incident: Incident, rules: Rules, now: datetime) -> dict[str, list[str]]:
    """Channel -> reasons for which it is to be told, in order; those who know of the incident are all in it."""
    wanted: dict[str, list[str]] = {one.channel_id: [] for one in wiring.notices().records(incident.id)}
    if incident.status in ENDED:
        return wanted
    for escalation in in_charge(incident, rules.escalations, list(rules.channels), is_complete=rules.is_complete):
        for one in due(escalation, incident, now):
            for channel in one.channels:
                wanted.setdefault(channel, []).append(one.reason)
    return wanted


def _notify_channel(channel: Channel, incident: Incident, reasons: list[str], now: datetime, silent: bool) -> int:
    for sent in range(MOST_AT_ONCE):
        record = delivery_record(incident.id, channel.id)
        known = record.since(channel.updated_at)
        asked = [one for one in (asked_for(reason, incident, known) for reason in reasons) if one]
        notice = news(incident, known) or next(iter(asked), None)
        if notice is None or (silent and not is_over(notice)):
            return sent
        covered = [one.reason for one in asked] if notice in asked else []
        _once(channel, notice, record, covered, now)
    return MOST_AT_ONCE


def delivery_record(incident_id: str, channel_id: str) -> DeliveryRecord:
    """What the channel has been told; if that cannot be read, it may have been told anything, and is told anew."""
    try:
        return wiring.notices().record(incident_id, channel_id)
    except Damaged:
        report("delivery", [f"{incident_id}/{channel_id}"])
        wiring.notices().set_aside(incident_id, channel_id)
        return wiring.notices().record(incident_id, channel_id)


def _once(channel: Channel, notice: Notice, record: DeliveryRecord, covered: Sequence[str], now: datetime) -> None:
    """Sends one notice, and notes it with the other reasons it covers."""
    if not wiring.notices().claim(record, now):
        raise Unavailable(f"Somebody else is telling channel {channel.id} at this moment.")
    known = record.since(channel.updated_at)
    others = tuple(one for one in covered if one != notice.reason)
    try:
        thread = _send_or_gather(channel, notice, record, now)
    except Rejected as refused:
        as_it_is = max(now, channel.updated_at)  # whoever changed it may have a clock that is ahead
        wiring.notices().keep(known.and_refused((*others, notice.reason), as_it_is), now)
        add_counts(WORD, {("notices_refused_total", ()): 1})
        log.error(
            "notice refused", channel=channel.id, kind=channel.kind, reason=refused.detail, incident=record.incident_id
        )
        return
    except Unavailable as failed:
        wiring.notices().release(record)
        raise Unreachable(failed.detail, failed.retry_after_s) from failed
    told = known.model_copy(update={"reasons": (*known.reasons, *others)})
    wiring.notices().keep(told.and_of(notice, thread), now)
    add_counts(WORD, {("notices_sent_total", (("kind", channel.kind),)): 1})
    log.info("notice sent", channel=channel.id, kind=channel.kind, happened=notice.event, incident=record.incident_id)


def _send_or_gather(channel: Channel, notice: Notice, record: DeliveryRecord, now: datetime) -> str | None:
    """The thread; in a storm the notice is put by. PagerDuty groups by itself, and a page must not wait."""
    if channel.kind != "pagerduty" and wiring.storms().count(channel.id, now) > channel.storm_limit:
        wiring.storms().put_by(channel.id, notice_id(notice), headline(notice))
        return None
    return send(channel, notice, now, record.thread)


def send(channel: Channel, notice: Notice | Digest, now: datetime, thread: str | None = None) -> str | None:
    """Sends to the channel now; the thread it opened, if any. Raises `Rejected` or `Unavailable`."""
    secrets = wiring.channel_secrets().read(channel.id) if channel.secret_names else {}
    envelope = Envelope(secrets, now, thread, _link(notice))
    made = outgoing(channel, notice, envelope)
    if isinstance(made, Mail):
        wiring.mailer().send(channel.id, made)
        return None
    return thread_of(channel, envelope, wiring.http_client().post(made))


def _link(notice: Notice | Digest) -> str | None:
    if isinstance(notice, Digest) or not settings().public_url:
        return None
    return f"{settings().public_url.rstrip('/')}/api/v1/incidents/{notice.incident.id}"
