"""The one decorator of every handler: logs, counts, and turns errors into what the caller should do next.

This is the only place that catches everything.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, TypeVar

from aws_lambda_powertools import Logger

from inframind.errors import InframindError, Rejected, Unavailable
from inframind.settings import settings

Event = dict[str, Any]
T = TypeVar("T")

ALONE_S = 10.0  # for consuming a batch one by one: a third of the shortest time-out of a queue's consumer
CALLER = 3  # frames up: a line of the log names who attempted, not this module


def logger(word: str) -> Logger:
    """The structured logger of a capability: one JSON line per outcome."""
    return Logger(service=word, level=settings().log_level)


@dataclass(frozen=True, slots=True)
class Message:
    """One queue message: its id, its body, its group (FIFO), how often it was received, and when it was sent."""

    id: str
    body: str
    group: str | None
    receive_count: int
    sent_ms: int = 0


def attempt(work: Callable[[], T]) -> "T | InframindError | Bug":
    """What `work` returns, or the error it raised, as a value."""
    try:
        return work()
    except InframindError as known:
        return known
    except Exception as unknown:  # noqa: BLE001, the one broad except: a bug must still get its defined answer
        return Bug(unknown)


@dataclass(frozen=True, slots=True)
class Bug:
    """An error nobody foresaw."""

    cause: Exception


def went_wrong(outcome: object, log: Logger, said: tuple[str, str], **about: Any) -> bool:
    """Whether what was attempted did; logs it then: the first of what is `said` of a bug, the second of any error."""
    bug, error = said
    if isinstance(outcome, Bug):
        log.error(bug, exc_info=outcome.cause, stacklevel=CALLER, **about)
    elif isinstance(outcome, InframindError):
        log.warning(error, reason=str(outcome), stacklevel=CALLER, **about)
    return isinstance(outcome, Bug | InframindError)


def batch(word: str) -> Callable[[Callable[[Sequence[Message]], set[str]]], Callable[[Event, Any], Event]]:
    """Decorates a queue consumer: `consume(messages) -> ids to try again`; answers with partial batch failures.

    Raising `Unavailable` fails the whole batch; it is delivered again. Where anything else is raised, each message is
    consumed by itself, so that one which nobody can consume does not take the others with it to the dead letters.
    """
    log = logger(word)

    def decorate(consume: Callable[[Sequence[Message]], set[str]]) -> Callable[[Event, Any], Event]:
        def handler(event: Event, _context: Any) -> Event:
            messages = [_message(record) for record in event.get("Records", ())]
            outcome = attempt(lambda: consume(messages))
            alone = len(messages) > 1 and isinstance(outcome, Bug | Rejected)
            failed = _one_by_one(consume, messages, log) if alone else _failed(outcome, messages, log)
            log.debug("batch done", messages=len(messages), again=len(failed))
            return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

        return handler

    return decorate


def schedule(word: str) -> Callable[[Callable[[Event], Mapping[str, Any]]], Callable[[Event, Any], Event]]:
    """Decorates a scheduled job: `run(event) -> counts to log`. Errors are logged and raised: the platform retries."""
    log = logger(word)

    def decorate(run: Callable[[Event], Mapping[str, Any]]) -> Callable[[Event, Any], Event]:
        def handler(event: Event, _context: Any) -> Event:
            outcome = attempt(lambda: dict(run(event)))
            if isinstance(outcome, Bug):
                log.error("schedule failed", exc_info=outcome.cause)
                raise outcome.cause
            if isinstance(outcome, InframindError):
                log.warning("schedule not completed", reason=str(outcome))
                raise outcome
            log.info("schedule completed", **outcome)
            return outcome

        return handler

    return decorate


def _message(record: Mapping[str, Any]) -> Message:
    attributes = record.get("attributes", {})
    return Message(
        id=record["messageId"],
        body=record["body"],
        group=attributes.get("MessageGroupId"),
        receive_count=int(attributes.get("ApproximateReceiveCount", 1)),
        sent_ms=int(attributes.get("SentTimestamp", 0)),
    )


def _one_by_one(
    consume: Callable[[Sequence[Message]], set[str]], messages: Sequence[Message], log: Logger
) -> list[str]:
    """The ids to try again. Behind a failed message of a group, the others of the group wait; behind `ALONE_S`, all."""
    until = monotonic() + ALONE_S
    failed: list[str] = []
    held: set[str] = set()
    for message in messages:
        if message.group in held or monotonic() > until:
            failed.append(message.id)
            continue
        outcome = attempt(partial(consume, [message]))
        again = _failed(outcome, [message], log)
        failed += again
        if again and message.group is not None:
            held.add(message.group)
    return sorted(failed)


def _failed(outcome: set[str] | InframindError | Bug, messages: Sequence[Message], log: Logger) -> list[str]:
    if isinstance(outcome, set):
        return sorted(outcome)
    everything = [message.id for message in messages]
    if isinstance(outcome, Bug):
        log.error("batch failed", exc_info=outcome.cause, messages=len(everything))
        return everything
    if isinstance(outcome, Unavailable):
        log.warning("batch will be tried again", reason=str(outcome), messages=len(everything))
        return everything
    if isinstance(outcome, Rejected):
        log.warning("batch rejected", reason=str(outcome), messages=len(everything))
    return []
