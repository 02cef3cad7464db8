"""The clock of use cases and routes; rooms are given the time."""

from datetime import UTC, datetime

from inframind.records import from_ms, to_ms


def now() -> datetime:
    """The time in whole milliseconds, as records keep it."""
    return from_ms(now_ms())


def now_ms() -> int:
    """The time in epoch milliseconds."""
    return to_ms(datetime.now(UTC))
