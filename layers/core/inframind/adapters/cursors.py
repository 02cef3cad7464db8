"""Opaque cursors: where a list goes on, in a form that callers hand back and do not read."""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from inframind.errors import Fault, Rejected

ANYTHING = re.compile(r"(?s:.+)")  # but nothing: DynamoDB refuses an empty key


def to_cursor(position: str) -> str:
    """The cursor of a position.

    >>> from_cursor(to_cursor("0123456789ab"))
    '0123456789ab'
    """
    return urlsafe_b64encode(position.encode()).decode().rstrip("=")


def from_cursor(cursor: str, shape: re.Pattern[str] = ANYTHING) -> str:
    """The position of a cursor; raises `Rejected` for one that was not made here, or not of this shape."""
    try:
        position = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError) as error:
        raise _refused() from error
    if to_cursor(position) != cursor or not shape.fullmatch(position):  # the decoder passes over stray characters
        raise _refused()
    return position


def _refused() -> Rejected:
    fault = Fault("query.cursor", "not a cursor of this list; take it from the page before")
    return Rejected("The cursor cannot be read.", [fault])
