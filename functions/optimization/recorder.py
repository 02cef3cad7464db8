"""BuildsQueue -> builds in BuildsTable, their figures in SamplesQueue.

A message is the body of a POST to /api/v1/builds/{start,step,complete} with a `type` that says which of them.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic

from inframind.entry import Message, batch, logger
from inframind.errors import Rejected, Unavailable
from inframind.optimization.events import BuildEvent
from inframind.optimization.wire import event_of, in_time
from inframind.records import from_ms
from inframind.usecases.counters import add_counts
from inframind.usecases.optimization.recording import record, tolerance

WORD = "optimization"
BUDGET_S = 20.0  # of the function's 30; what is left comes again

log = logger(WORD)


@batch(WORD)
def handler(messages: Sequence[Message]) -> set[str]:
    """Records what the messages tell, a build at a time; the ids of those to be delivered again."""
    told: dict[str, list[tuple[str, BuildEvent]]] = defaultdict(list)
    for message in messages:
        event = _event(message)
        if event:
            told[event.run_id].append((message.id, event))
    failed: set[str] = set()
    until = monotonic() + BUDGET_S
    for run_id, events in told.items():
        if monotonic() > until or not _recorded(run_id, [event for _, event in events]):
            failed |= {message_id for message_id, _ in events}
    return failed


def _event(message: Message) -> BuildEvent | None:
    """What the message tells, as of when it was sent: telling it again is then no news."""
    sent_at = from_ms(message.sent_ms) if message.sent_ms else datetime.now(UTC)
    try:
        return in_time(event_of(message.body, sent_at), tolerance())
    except Rejected as fault:
        faults = [f"{one.where}: {one.what}" for one in fault.faults]
        log.warning("message tells nothing of a build", message_id=message.id, reason=fault.detail, faults=faults)
        add_counts(WORD, {("build_events_refused_total", ()): 1})
        return None


def _recorded(run_id: str, events: Sequence[BuildEvent]) -> bool:
    try:
        build = record(run_id, events)
    except Unavailable as failed:
        log.warning("build not recorded", run_id=run_id, reason=failed.detail)
        return False
    except Rejected as fault:
        return _as_far_as_possible(run_id, events, fault)
    if build:
        log.info(
            "build recorded",
            event=f"build {build.outcome}",
            run_id=run_id,
            pipeline=build.pipeline,
            outcome=build.outcome,
            duration_s=build.duration_s,
            steps=len(build.steps),
        )
    return True


def _as_far_as_possible(run_id: str, events: Sequence[BuildEvent], fault: Rejected) -> bool:
    """Each event by itself, so that one there is no room for does not take the others with it."""
    if len(events) > 1:
        return all(_recorded(run_id, [event]) for event in events)
    log.warning("event not recorded", run_id=run_id, reason=fault.detail)
    add_counts(WORD, {("build_events_refused_total", ()): 1})
    return True
