"""The errors of InfraMind. The type says what to do next: mend the input, or try again."""

from collections.abc import Sequence
from dataclasses import dataclass

MAX_FAULTS = 20  # named in one answer; a sender with 2,000 bad samples needs a pattern, not a list


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: where it stands and what is wrong with it."""

    where: str
    what: str


class InframindError(Exception):
    """Anything InfraMind refuses or fails to do."""


class Rejected(InframindError):
    """The input is wrong and will be wrong tomorrow: answer 4xx, never retry."""

    status = 422
    title = "The request is not valid"

    def __init__(self, detail: str, faults: Sequence[Fault] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = tuple(faults[:MAX_FAULTS])


def faulty(what: str, faults: Sequence[Fault]) -> Rejected:
    """The rejection of an input with these faults; the detail says how many they are and where they are named.

    >>> faulty("The query", [Fault("query.limit", "must be a number")]).detail
    'The query has 1 fault, named in errors.'
    >>> faulty("The query", [Fault("query.limit", "must be a number")] * 30).detail
    'The query has 30 faults; the first 20 are named in errors.'
    """
    number = len(faults)
    if number > MAX_FAULTS:
        return Rejected(f"{what} has {number} faults; the first {MAX_FAULTS} are named in errors.", faults)
    return Rejected(f"{what} has {number} fault{'s' * (number > 1)}, named in errors.", faults)


class Malformed(Rejected):
    """The bytes cannot be read as what they claim to be."""

    status = 400
    title = "The request could not be read"


class Unauthenticated(Rejected):
    """No key came, or it is not one of ours."""

    status = 401
    title = "A valid key is needed"


class Forbidden(Rejected):
    """The key is good, its role does not reach this far."""

    status = 403
    title = "The key's role does not allow this"


class NotFound(Rejected):
    """What was asked for does not exist."""

    status = 404
    title = "Not found"


class MethodNotAllowed(Rejected):
    """The path exists, this method does not; the detail names those that do."""

    status = 405
    title = "The path does not take this method"


class Conflict(Rejected):
    """Someone else wrote first, or what is there forbids it."""

    status = 409
    title = "The present state does not allow this"


class Damaged(Conflict):
    """What is kept there cannot be read: it stays as it is, for a person to look at, and nothing takes its place."""

    title = "What is kept there is damaged"


class TooLarge(Rejected):
    """The body passes a limit; the detail names the limit."""

    status = 413
    title = "The body is too large"


class UnsupportedType(Rejected):
    """The content type or encoding is none that this path takes."""

    status = 415
    title = "This content type is not taken here"


class Unavailable(InframindError):
    """A dependency failed for now: answer 503 with Retry-After, or fail this one message."""

    def __init__(self, detail: str, retry_after_s: int = 5, faults: Sequence[Fault] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.faults = tuple(faults[:MAX_FAULTS])
        self.retry_after_s = retry_after_s
