"""The clock, for use cases; rooms are told the time."""

from datetime import UTC, datetime

from inframind.records import to_ms


def now_ms() -> int:
    """Now, in milliseconds."""
    return to_ms(datetime.now(UTC))
