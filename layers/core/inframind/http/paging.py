"""Query parameters that every list takes."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator

MAX_LIMIT = 500
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)


def aware(moment: datetime) -> datetime:
    """The moment in UTC, which is what a time without an offset is taken for.

    >>> aware(datetime(2026, 1, 11, 10, 30)).isoformat()
    '2026-01-11T10:30:00+00:00'
    """
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not EARLIEST <= known < LATEST:
        raise ValueError("must lie between 1970 and 3000")
    return known.astimezone(UTC)


Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Items on a page.")]
Cursor = Annotated[str | None, Query(max_length=500, description="The `cursor` of the page before.")]
Moment = Annotated[datetime, AfterValidator(aware)]
"""RFC 3339, epoch seconds or epoch milliseconds."""
