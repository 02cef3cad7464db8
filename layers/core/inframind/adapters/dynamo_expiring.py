"""What stores of fading items share: a client, a table, how long an item is kept, and the time that is counted from."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any


class ExpiringTable:
    """A DynamoDB table whose items expire `kept` after they were written last."""

    def __init__(
        self,
        client: Any,
        table: str,
        kept: timedelta,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._table = table
        self._kept = kept
        self._clock = clock
