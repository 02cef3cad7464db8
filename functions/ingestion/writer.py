"""SamplesQueue -> frames in the Series table, and on to ScoreQueue.fifo. Stored first, scored second."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from time import monotonic

from inframind import entry, wiring
from inframind.errors import Unavailable
from inframind.frames import Frame
from inframind.ports.paging import CounterKey
from inframind.records import from_ms, to_ms
from inframind.series.delivery import Delivery, QueueMessage, by_shard, merged, opened, portions, sent_last
from inframind.series.merging import without
from inframind.settings import settings
from inframind.usecases.counters import add_counts
from inframind.usecases.topology.service_graph import Learner

WORD = "ingestion"
NAMED = 10  # resources in a line of the log
BUDGET_S = 15.0  # of the function's 30: a portion begun by then is done in time
STORED: CounterKey = ("samples_stored_total", ())
REFUSED: CounterKey = ("series_refused_total", ())
SET_ASIDE: CounterKey = ("frames_set_aside_total", ())

log = entry.logger(WORD)
_learner = Learner()


@entry.batch(WORD)
def handler(messages: Sequence[entry.Message]) -> set[str]:
    """Stores what the messages brought; the ids of those to be delivered again."""
    until = monotonic() + BUDGET_S
    deliveries = [opened(_queue_message(message)) for message in messages]
    failed = {one.message.id for one in deliveries if not _set_aside(one)}
    beyond: dict[str, set[bytes]] = {}
    # What was delivered before keeps the time it was first sent: it must not win over what has been written since.
    for again in (True, False):
        for portion in portions(one for one in deliveries if one.message.is_redelivered is again):
            failed |= _store(portion, beyond) if monotonic() < until else _put_off(portion)
    done = [one for one in deliveries if one.message.id not in failed]
    counts = {STORED: sum(one.samples for one in done), SET_ASIDE: sum(len(one.unreadable) for one in done)}
    add_counts(WORD, counts | {REFUSED: _told(beyond)})
    return failed


def _put_off(deliveries: Sequence[Delivery]) -> set[str]:
    """What there was no time for; it comes again, and what has been stored does not."""
    log.warning("no time left for samples", messages=len(deliveries))
    return {one.message.id for one in deliveries if one.frames}


def _told(beyond: Mapping[str, Collection[bytes]]) -> int:
    """Logs what there was no room for; returns how many series."""
    most = sorted(beyond, key=lambda resource: -len(beyond[resource]))
    if most:
        named = {resource: len(beyond[resource]) for resource in most[:NAMED]}
        log.warning("series refused", resources=named, of=len(most), limit=settings().max_series_per_resource)
    return sum(map(len, beyond.values()))


def _store(deliveries: Sequence[Delivery], beyond: dict[str, set[bytes]]) -> set[str]:
    frames = merged(deliveries)
    if not frames:
        return set()
    sent_at = {resource: from_ms(sent_ms) for resource, sent_ms in sent_last(deliveries).items()}
    written = wiring.series_store().write(frames, sent_at)
    failures, refused = written.failed, written.refused
    for resource, names in refused.items():
        beyond.setdefault(resource, set()).update(names)
    stored = [without(frame, refused.get(frame.resource, ())) for frame in frames if frame.resource not in failures]
    stored = [frame for frame in stored if frame.values.size]
    wiring.score_queue().send(by_shard(stored, settings().shards))
    _learn(stored)
    failed = {one.message.id for one in deliveries if one.concerns(failures.keys())}
    for delivery in deliveries:
        delivery.drop(refused)
    for reason in sorted(set(failures.values())):
        log.warning("samples not stored", reason=reason, resources=list(failures.values()).count(reason))
    log.info(
        "samples stored",
        messages=len(deliveries),
        failed=len(failed),
        frames=len(stored),
        resources=len({frame.resource for frame in stored}),
        samples=sum(one.samples for one in deliveries if one.message.id not in failed),
    )
    return failed


def _learn(stored: Sequence[Frame]) -> None:
    """Calls between services out of the names that were stored; whatever becomes of that, the samples are stored."""
    outcome = entry.attempt(partial(_learner.learn, stored))
    entry.went_wrong(outcome, log, ("calls between services not learnt",) * 2)


def _set_aside(delivery: Delivery) -> bool:
    for data, reason in delivery.unreadable:
        try:
            wiring.frame_quarantine().set_aside(data, reason)
        except Unavailable as failed:
            log.warning("frame not set aside", message_id=delivery.message.id, reason=failed.detail)
            return False
        log.warning("frame set aside", message_id=delivery.message.id, reason=reason, size=len(data))
    return True


def _queue_message(message: entry.Message) -> QueueMessage:
    sent_ms = message.sent_ms or to_ms(datetime.now(UTC))
    return QueueMessage(message.id, message.body, sent_ms, message.receive_count > 1)
