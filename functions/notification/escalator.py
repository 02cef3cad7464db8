"""Every minute -> steps and repeats that have come due, incidents whose silence has ended, digests of storms.

Asks the same question as the sender, of every open incident: what is due at this moment and was not told?
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from random import Random
from time import monotonic
from typing import Any

from inframind import wiring
from inframind.entry import Event, attempt, logger, schedule, went_wrong
from inframind.errors import Rejected, Unavailable
from inframind.identity import content_id
from inframind.notification.channels import Channel
from inframind.notification.notices import DeliveryRecord
from inframind.notification.outgoing import Digest
from inframind.usecases.notification.notifying import Rules, delivery_record, notify, send
from inframind.usecases.notification.states import still_open

WORD = "notification"
BUDGET_S = 30.0  # of the function's 50: one call may take fifteen more
DIGEST = 200  # lines; what is left is in the next one

log = logger(WORD)


@schedule(WORD)
def handler(_event: Event) -> Mapping[str, Any]:
    """Tells whatever is due, as far as the time goes."""
    started, now, rules = monotonic(), datetime.now(UTC), Rules.current()
    work = [partial(_digest, channel, now) for channel in rules.channels.values()]
    work += [partial(_tell, incident_id, rules, now) for incident_id in wiring.board().listed()]
    Random(int(now.timestamp() // 60)).shuffle(work)  # where there is more than the time allows, all have their turn
    counts = Counter({"told": 0, "failed": 0, "left": 0})
    for one in work:
        if monotonic() - started > BUDGET_S:
            counts["left"] += 1
            continue
        outcome = attempt(one)
        if isinstance(outcome, int):
            counts["told"] += outcome
        else:
            counts["failed"] += 1
            went_wrong(outcome, log, ("not told", "will be told again"))
    return dict(counts)


def _tell(incident_id: str, rules: Rules, now: datetime) -> int:
    incident = still_open(incident_id, now)
    return notify(incident, rules, now) if incident else 0


def _digest(channel: Channel, now: datetime) -> int:
    """What was put by for the channel, in one message, once."""
    lines = dict(list(wiring.storms().gathered(channel.id).items())[:DIGEST])
    if not lines:
        return 0
    digest = Digest(content_id([name.encode() for name in lines]), tuple(lines.values()))
    record = delivery_record(f"digest:{digest.id}", channel.id)
    if not record.reasons:
        _send_once(channel, digest, record, now)
    wiring.storms().forget(channel.id, list(lines))
    return 1


def _send_once(channel: Channel, digest: Digest, record: DeliveryRecord, now: datetime) -> None:
    if not wiring.notices().claim(record, now):
        raise Unavailable(f"Somebody else is telling channel {channel.id} at this moment.")
    try:
        send(channel, digest, now)
    except Rejected as refused:
        log.error("digest refused", channel=channel.id, kind=channel.kind, reason=refused.detail)
    except Unavailable:
        wiring.notices().release(record)
        raise
    wiring.notices().keep(record.model_copy(update={"reasons": ("digest",)}), now)
