"""Lists by time, newest first, in an index of a DynamoDB table whose sort key `at` begins with the time."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from inframind.adapters.cursors import to_cursor
from inframind.ports.paging import Page
from inframind.records import to_ms

NEWEST = "9" * 15 + "~"  # behind every sort key
EXAMINED = 200  # items a query looks at for one page of a filtered list, at least
QUERIES = 5  # in succession for one page: what matches seldom gives a short page and a cursor, not a time-out

Item = dict[str, Any]


def sort_key(at: datetime, item_id: str = "") -> str:
    """The sort key of an item: ordered by time, then id; without an id, the first of that time.

    >>> from datetime import UTC
    >>> sort_key(datetime(2026, 1, 11, tzinfo=UTC), "ab")
    '001768089600000#ab'
    """
    return f"{max(0, to_ms(at)):015d}#{item_id}"


def page_before(query: Callable[[str], Item], limit: int, before: str) -> Page[Item]:
    """Up to `limit` items that lie before a sort key, and the cursor behind them; a page may be short.

    `query` gives DynamoDB's answer for what lies before a sort key.
    """
    found: list[Item] = []
    for _ in range(QUERIES):
        answer = query(before)
        found += answer["Items"]
        more = "LastEvaluatedKey" in answer
        before = answer["LastEvaluatedKey"]["at"]["S"] if more else before
        if not more or len(found) >= limit:
            break
    if len(found) > limit:
        return Page(tuple(found[:limit]), to_cursor(found[limit - 1]["at"]["S"]))
    return Page(tuple(found), to_cursor(before) if more else None)
