"""What a shard's scorer is asked to do, in its own queue: it alone writes the bank, and in the order of the samples.

A command is JSON, so its first character tells it from packed samples, which are base64.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from inframind.errors import Malformed
from inframind.identity import content_id
from inframind.records import Anomaly, Feedback, Record

FIRST = "{"


class Look(Record):
    """Look for series that had stopped arriving at a time."""

    order: Literal["look"] = "look"
    at_ms: int


class Heed(Record):
    """Heed what a person said of an anomaly."""

    order: Literal["heed"] = "heed"
    anomaly: Anomaly
    feedback: Feedback


class Replay(Record):
    """Learn what is stored of a resource in [start_ms, end_ms), a slice of a backfill, without telling anybody."""

    order: Literal["replay"] = "replay"
    backfill: str
    slice: int
    resource: str
    start_ms: int
    end_ms: int
    replace: bool
    last: bool


Command = Look | Heed | Replay
_ANY: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="order")])


def is_command(body: str) -> bool:
    """Whether a message of the score queue is a command.

    >>> is_command(text(Look(at_ms=0))), is_command("SU1GMQ==")
    (True, False)
    """
    return body.startswith(FIRST)


def text(command: Command) -> str:
    """The command as the body of a message; equal commands give equal texts."""
    return command.model_dump_json()


def read(body: str) -> Command:
    """What `text` wrote; raises `Malformed` on anything else."""
    try:
        return _ANY.validate_json(body)
    except ValidationError as fault:
        raise Malformed(f"not a command: {fault.error_count()} faults") from fault


def command_id(command: Command) -> bytes:
    """By which a shard knows that it has obeyed already."""
    return bytes.fromhex(content_id([text(command).encode()]))
