"""NoticeQueue (facts of incidents) -> people told, each once for each reason.

Facts wait three seconds in the queue, and each incident is told of as it is by then, so what changes in the same moment
is one message.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from time import monotonic

from inframind import wiring
from inframind.entry import Message, attempt, batch, logger, went_wrong
from inframind.errors import Malformed, Unavailable
from inframind.notification.envelope import incident_of
from inframind.signals import Incident
from inframind.usecases.notification.notifying import Rules, notify
from inframind.usecases.notification.states import noted

WORD = "notification"
BUDGET_S = 35.0  # of the function's 60: one incident may take fifteen more for each channel

log = logger(WORD)


@batch(WORD)
def handler(messages: Sequence[Message]) -> set[str]:
    """Tells of each incident together; the ids of those messages to be tried again."""
    started, now, rules = monotonic(), datetime.now(UTC), Rules.current()
    groups, failed = _by_incident(messages)
    for incident_id, group in groups.items():
        if monotonic() - started > BUDGET_S:
            failed |= {message.id for message, _ in group}
            continue
        outcome = attempt(partial(_tell, [incident for _, incident in group], rules, now))
        if went_wrong(outcome, log, ("incident not told", "incident will be told again"), incident=incident_id):
            failed |= {message.id for message, _ in group}
    return failed


def _by_incident(messages: Sequence[Message]) -> tuple[dict[str, list[tuple[Message, Incident]]], set[str]]:
    """The messages of each incident; and the unreadable ones, which are to end as dead letters, not as nothing."""
    groups: dict[str, list[tuple[Message, Incident]]] = {}
    unreadable: set[str] = set()
    for message in messages:
        try:
            found = incident_of(message.body)
        except Malformed as refused:
            unreadable.add(message.id)
            log.error("fact not readable", message_id=message.id, reason=refused.detail)
        else:
            groups.setdefault(found.id, []).append((message, found))
    return groups, unreadable


def _tell(states: Sequence[Incident], rules: Rules, now: datetime) -> int:
    for state in (*states, *_as_it_is(states[0].id)):
        newest = noted(state, now)
    return notify(newest, rules, now)


def _as_it_is(incident_id: str) -> Sequence[Incident]:
    """The incident as it is by now; nothing where it is not kept, or its table does not answer."""
    try:
        found = wiring.incidents().get(incident_id)
    except Unavailable as failed:
        log.warning("incident told of as it was", incident=incident_id, reason=failed.detail)
        return ()
    return (found,) if found else ()
