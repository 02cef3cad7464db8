"""ScoreQueue.fifo -> banks in S3, the anomalies table, AnomalyFound on the bus.

Messages carry samples, or a command: look for what has stopped arriving, heed what a person said of an anomaly, learn
what is stored of a resource.

A shard's work is one conditional write of its bank with the outbox inside, then the outbox is told. What a crash left
untold is told by whoever comes next, before anything else happens to that shard.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import blake2b
from time import monotonic

from inframind import wiring
from inframind.detection import commands
from inframind.detection.anomalies.outbox import Ledger
from inframind.detection.backfill import replay
from inframind.detection.bank.bank import BankCorrupt
from inframind.detection.commands import Replay
from inframind.detection.detectors.matching import Rulebook
from inframind.detection.shard import Delivery, Shard
from inframind.entry import Message, attempt, batch, logger, went_wrong
from inframind.errors import Conflict, Malformed, Unavailable
from inframind.frames import Frame, FrameUnreadable, decode, from_text, unbundle
from inframind.records import Anomaly, from_ms, to_ms
from inframind.usecases.counters import add_counts
from inframind.usecases.damage import readable

WORD = "detection"
MAX_TRIES = 5  # to save a bank that others save as well
TOLD_AT_ONCE = 1_000  # anomalies: a few seconds of writes and announcements
RULES_KEPT_S = 60.0  # a detector that was changed is followed at most this much later

log = logger(WORD)


@dataclass(slots=True)
class Held:
    """A shard in memory, the version it was read or saved at, and whether its outbox is known to have been told."""

    state: Shard
    version: str | None
    told: bool


@dataclass(slots=True)
class Rules:
    """The detectors as they were last read."""

    book: Rulebook | None = None
    read_at: float = 0.0

    def current(self) -> Rulebook:
        """All detectors, at most a minute old; older ones while their table does not answer."""
        if self.book is not None and monotonic() - self.read_at < RULES_KEPT_S:
            return self.book
        try:
            fresh = Rulebook(readable(wiring.detectors(), "detector", WORD))
        except Unavailable as failed:
            if self.book is None:
                raise
            log.warning("detectors not read, older ones are followed", reason=failed.detail)
            fresh = self.book
        if self.book is None or fresh.fingerprint != self.book.fingerprint:
            self.book = fresh  # else the old one is kept, which knows its series already
        self.read_at = monotonic()
        return self.book


_rules = Rules()
_held: dict[int, Held] = {}  # kept warm between invocations; a stale one loses its conditional write and is read anew


@batch(WORD)
def handler(messages: Sequence[Message]) -> set[str]:
    """Scores each shard's messages together; the ids of those to be tried again."""
    failed: set[str] = set()
    for shard, group in _by_shard(messages).items():
        outcome = attempt(partial(_score, shard, group))
        if went_wrong(outcome, log, ("shard failed", "shard will be tried again"), shard=shard):
            failed |= {message.id for message in group}
    return failed


def _by_shard(messages: Sequence[Message]) -> dict[int, list[Message]]:
    groups: dict[int, list[Message]] = {}
    for message in messages:
        groups.setdefault(int(message.group or 0), []).append(message)
    return groups


def _score(shard: int, messages: Sequence[Message]) -> None:
    deliveries = [_read(message) for message in messages]
    for _ in range(MAX_TRIES):
        try:
            samples = _learn(shard, deliveries)
        except Conflict:
            continue
        add_counts(WORD, {("samples_scored_total", ()): samples})
        _note(deliveries)
        return
    raise Unavailable(f"The bank of shard {shard} was saved by others {MAX_TRIES} times in succession.")


def _learn(shard: int, deliveries: Sequence[Delivery]) -> int:
    """Samples learnt, saved and told; raises `Conflict` if someone else saved the bank meanwhile."""
    held = _held.pop(shard, None) or _load(shard)
    _tell(shard, held)
    held.state.adopt(_rules.current())
    samples = held.state.learn(deliveries, to_ms(datetime.now(UTC)))
    if held.state.changed:
        _save(shard, held)
        held.told = not held.state.ledger.untold
    _tell(shard, held)
    _held[shard] = held
    return samples


def _read(message: Message) -> Delivery:
    """The command or the readable frames of a message; the rest is set aside, so that it holds nothing up."""
    if commands.is_command(message.body):
        return _command(message.body)
    try:
        bundle = from_text(message.body)
        packed = unbundle(bundle)
    except FrameUnreadable as fault:
        _set_aside(message.body.encode(), fault)
        return Delivery(b"", ())
    frames: list[Frame] = []
    for data in packed:
        try:
            frames.append(decode(data))
        except FrameUnreadable as fault:
            _set_aside(data, fault)
    return Delivery(blake2b(bundle, digest_size=16).digest(), tuple(frames))


def _command(body: str) -> Delivery:
    try:
        command = commands.read(body)
    except Malformed as fault:
        _set_aside(body.encode(), fault)
        return Delivery(b"", ())
    stored, cut = _stored(command) if isinstance(command, Replay) else ((), False)
    return Delivery(commands.command_id(command), (), command, stored, cut)


def _stored(order: Replay) -> tuple[tuple[Frame, ...], bool]:
    """What is at rest of a backfill's slice, and whether there is more than is taken."""
    start, end = from_ms(order.start_ms), from_ms(order.end_ms)
    return replay.bounded(wiring.series_store().hours(order.resource, start, end))


def _note(deliveries: Sequence[Delivery]) -> None:
    """Lets people see how far their backfills have come."""
    for one in deliveries:
        if isinstance(one.command, Replay):
            wiring.backfills().note(one.command.backfill, one.command.slice, cut=one.cut)


def _set_aside(data: bytes, fault: FrameUnreadable | Malformed) -> None:
    wiring.frame_quarantine().set_aside(data, fault.detail)
    log.warning("frame set aside", reason=fault.detail, bytes=len(data))
    add_counts(WORD, {("frames_set_aside_total", ()): 1})


def _load(shard: int) -> Held:
    stored = wiring.banks().load(shard)
    if stored.data is None:
        return Held(Shard(), stored.version, told=True)
    try:
        state = Shard.from_bytes(stored.data)
    except BankCorrupt as fault:
        where = wiring.banks().set_aside(shard, stored.data)
        log.error("bank unreadable, a fresh one begins", shard=shard, reason=fault.detail, set_aside=where)
        return Held(Shard(), stored.version, told=True)
    if state.ledger.unreadable:
        log.error("anomalies in the bank unreadable", shard=shard, anomalies=state.ledger.unreadable)
    return Held(state, stored.version, told=not state.ledger.untold)


def _save(shard: int, held: Held) -> None:
    held.version = wiring.banks().save(shard, held.state.to_bytes(), held.version)


def _tell(shard: int, held: Held) -> None:
    """Keeps and announces what the outbox holds, unless that is known to have been done.

    In a storm the bank is saved between portions, so that whoever runs out of time has come further.
    """
    ledger = held.state.ledger
    while not held.told:
        _tell_of(Ledger(untold=ledger.untold[:TOLD_AT_ONCE]))
        held.told = len(ledger.untold) <= TOLD_AT_ONCE
        if not held.told:
            ledger.untold = ledger.untold[TOLD_AT_ONCE:]
            _save(shard, held)


def _tell_of(portion: Ledger) -> None:
    opened = portion.to_announce()
    wiring.anomalies().put(portion.to_keep())
    wiring.facts().announce(opened)
    for fact in opened:
        _log(fact.anomaly)
    severities = Counter(fact.anomaly.severity for fact in opened)
    add_counts(WORD, {("anomalies_found_total", (("severity", one),)): number for one, number in severities.items()})


def _log(anomaly: Anomaly) -> None:
    log.info(
        "a series left its expected range",
        event="anomaly found",
        resource=anomaly.resource_id,
        metric=anomaly.metric_name,
        z=anomaly.z_score,
        severity=anomaly.severity.value,
        explanation=anomaly.explanation,
        anomaly=anomaly.id,
    )
