"""Times as senders of JSON write them, as epoch milliseconds."""

import re
from datetime import UTC, datetime
from typing import Any

from inframind.ingestion.limits import EARLIEST_MS, LATEST_MS

SECONDS_BELOW = 100_000_000_000  # as seconds the year 5138, as milliseconds March 1973: below it a number is seconds
OUTSIDE = "must lie between 1970 and 3000"
RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?")


class InvalidTime(Exception):
    """This is no time; the text says why."""


def moment_ms(given: Any) -> int:
    """Epoch milliseconds of RFC 3339 text (UTC where it names no offset), epoch seconds or epoch milliseconds.

    >>> moment_ms("2026-01-11T10:30:00Z"), moment_ms(1768127400), moment_ms(1768127400000)
    (1768127400000, 1768127400000, 1768127400000)
    """
    epoch_ms = _from_text(given) if isinstance(given, str) else _from_number(given)
    if not EARLIEST_MS <= epoch_ms <= LATEST_MS:
        raise InvalidTime(OUTSIDE)
    return epoch_ms


def _from_text(text: str) -> int:
    if not RFC3339.fullmatch(text):
        raise InvalidTime("must be RFC 3339 such as 2026-01-11T10:30:00Z, epoch seconds or epoch milliseconds")
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise InvalidTime(f"is no date: {error}") from None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round((aware - datetime.fromtimestamp(0, UTC)).total_seconds() * 1000)


def _from_number(number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise InvalidTime("must be RFC 3339 text, epoch seconds or epoch milliseconds")
    if not abs(number) <= LATEST_MS:  # also NaN
        raise InvalidTime(OUTSIDE)
    return round(number * 1000 if abs(number) < SECONDS_BELOW else number)
