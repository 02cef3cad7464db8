"""Opaque cursors: where a list goes on, in a form that callers hand back and do not read."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

from inframind.errors import Fault, Rejected


def to_cursor(position: str) -> str:
    """The cursor of a position.

    >>> from_cursor(to_cursor("0123456789ab"))
    '0123456789ab'
    """
    return urlsafe_b64encode(position.encode()).decode().rstrip("=")


def from_cursor(cursor: str) -> str:
    """The position of a cursor; raises `Rejected` for one that was not made here."""
    try:
        return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (binascii.Error, ValueError) as error:
        fault = Fault("query.cursor", "not a cursor of this list; take it from the page before")
        raise Rejected("The cursor cannot be read.", [fault]) from error
