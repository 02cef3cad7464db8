"""LogsQueue -> templates in the bank bucket, lines at rest, counts in SamplesQueue, signals in SignalsQueue.

Messages carry packed lines, or the reminder to look at a shard again.

A shard's work is one conditional write of its state with what is owed inside, then that is told. What a crash left
untold is told by whoever comes next, before anything else happens to that shard.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic, time_ns

from inframind import wiring
from inframind.entry import Message, attempt, batch, logger, went_wrong
from inframind.errors import Conflict, Unavailable
from inframind.frames import FrameUnreadable, bundle, from_text
from inframind.ingestion.logs.at_rest import Package, objects
from inframind.ingestion.logs.packing import LinesUnreadable, unpack
from inframind.ingestion.logs.shard import Owed, Shard, StateCorrupt
from inframind.usecases.counters import add_counts

WORD = "ingestion"
BUDGET_S = 25.0  # of the function's 60: a portion begun by then is done in time
PORTION_LINES = 10_000  # learnt in one go: half a second, ten of free text that has no templates
PORTION_CHARS = 2_000_000  # of them: lines that are long cost more each
MAX_TRIES = 5  # to save a state that others save as well

log = logger(WORD)


@dataclass(slots=True)
class Held:
    """A shard in memory, the version it was read or saved at, and whether what it owes is known to have been told."""

    state: Shard
    version: str | None
    told: bool


@dataclass(slots=True)
class Delivery:
    """What concerns one shard: packages by the message they came in; the ids of reminders stand alone."""

    packages: dict[str, Package]
    reminders: set[str]

    @property
    def ids(self) -> set[str]:
        return self.packages.keys() | self.reminders


_held: dict[int, Held] = {}  # kept warm between invocations; a stale one loses its conditional write and is read anew


@batch(WORD)
def handler(messages: Sequence[Message]) -> set[str]:
    """Takes each shard's messages in together; the ids of those to be tried again."""
    until = monotonic() + BUDGET_S
    deliveries, failed = _read(messages)
    for shard, delivery in sorted(deliveries.items()):
        for portion in _portions(delivery):
            if monotonic() > until:
                log.warning("no time left for lines", shard=shard, messages=len(portion.ids))
                failed |= portion.ids
                continue
            outcome = attempt(partial(_take, shard, list(portion.packages.values())))
            if went_wrong(outcome, log, ("shard failed", "shard will be tried again"), shard=shard):
                failed |= portion.ids
    return failed


def _read(messages: Sequence[Message]) -> tuple[dict[int, Delivery], set[str]]:
    """What the messages bring, by shard, and the ids of those that can neither be read nor set aside for now."""
    deliveries: dict[int, Delivery] = defaultdict(lambda: Delivery({}, set()))
    failed: set[str] = set()
    for message in messages:
        try:
            if message.body.startswith("{"):
                deliveries[_reminder(message.body)].reminders.add(message.id)
            else:
                data = from_text(message.body)
                letter = unpack(data)
                deliveries[letter.shard].packages[message.id] = (data, letter)
        except (LinesUnreadable, FrameUnreadable) as fault:
            failed |= set() if _set_aside(message, fault.detail) else {message.id}
    return deliveries, failed


def _reminder(body: str) -> int:
    try:
        return int(json.loads(body)["look"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise LinesUnreadable("message damaged: it is no reminder") from error


def _set_aside(message: Message, reason: str) -> bool:
    try:
        wiring.frame_quarantine().set_aside(message.body.encode(), reason)
    except Unavailable as failed:
        log.warning("lines not set aside", message_id=message.id, reason=failed.detail)
        return False
    log.warning("lines set aside", message_id=message.id, reason=reason, size=len(message.body))
    add_counts(WORD, {("log_packages_set_aside_total", ()): 1})
    return True


def _portions(delivery: Delivery) -> list[Delivery]:
    """The delivery in parts of so many lines and characters; reminders come with the first."""
    portions = [Delivery({}, delivery.reminders)]
    lines = chars = 0
    for message_id, package in delivery.packages.items():
        more, longer = len(package[1].lines), sum(len(line.message) for line in package[1].lines)
        if lines and (lines + more > PORTION_LINES or chars + longer > PORTION_CHARS):
            portions.append(Delivery({}, set()))
            lines = chars = 0
        portions[-1].packages[message_id] = package
        lines, chars = lines + more, chars + longer
    return portions


def _take(shard: int, packages: Sequence[Package]) -> None:
    for _ in range(MAX_TRIES):
        try:
            _learn(shard, packages)
        except Conflict:
            continue
        return
    raise Unavailable(f"The state of shard {shard} was saved by others {MAX_TRIES} times in succession.")


def _learn(shard: int, packages: Sequence[Package]) -> None:
    """Takes the packages in, keeps their lines, saves and tells; raises `Conflict` if someone else saved meanwhile."""
    held = _held.pop(shard, None) or _load(shard)
    _tell(shard, held)
    now_ms = time_ns() // 1_000_000
    looked = held.state.look(now_ms)
    fresh = list({data: (data, letter) for data, letter in packages if not held.state.has_heard(data)}.values())
    if fresh:
        ids = held.state.learn(fresh, now_ms)
        wiring.lines().keep(objects(fresh, ids, now_ms))
    if fresh or looked:
        held.version = wiring.log_states().save(shard, held.state.to_bytes(), held.version)
        held.told = not held.state.owed
    _tell(shard, held)
    _held[shard] = held
    lines = sum(len(letter.lines) for _, letter in fresh)
    if lines:
        add_counts(WORD, {("log_lines_mined_total", ()): lines})
        log.info("lines mined", shard=shard, packages=len(fresh), lines=lines)


def _load(shard: int) -> Held:
    stored = wiring.log_states().load(shard)
    state = Shard(wiring.clusters)
    if stored.data is None:
        return Held(state, stored.version, told=True)
    try:
        state = Shard.from_bytes(stored.data, wiring.clusters)
    except StateCorrupt as fault:
        where = wiring.log_states().set_aside(shard, stored.data)
        log.error("state unreadable, a fresh one begins", shard=shard, reason=fault.detail, set_aside=where)
    return Held(state, stored.version, told=not state.owed)


def _tell(shard: int, held: Held) -> None:
    """Sends on what the state owes, unless that is known to have been done."""
    if held.told:
        return
    owed = held.state.owed
    if owed.frames:
        wiring.sample_queue().send(bundle(owed.frames))
    if owed.signals:
        wiring.signal_queue().send(owed.signals)
    if owed.look_ms:
        delay_s = (owed.look_ms - time_ns() // 1_000_000) // 1_000 + 1
        wiring.log_queue().remind(shard, owed.look_ms, delay_s)
    for signal in owed.signals:
        log.info(
            "logs gave a signal",
            event="log signal",
            severity=signal.severity,
            explanation=signal.title,
            kind=signal.kind,
            status=signal.status,
            signal=signal.id,
        )
    kinds = Counter(signal.kind for signal in owed.signals if signal.status == "firing")
    add_counts(WORD, {("log_signals_total", (("kind", kind),)): number for kind, number in kinds.items()})
    held.state.owed = Owed()
    held.told = True
