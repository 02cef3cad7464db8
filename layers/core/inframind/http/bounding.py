"""Pages bounded in bytes: a function may answer 6 MB, and five hundred items can be more."""

import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from pydantic import BaseModel

from inframind.ports.paging import Page

PAGE_BYTES = 3_000_000  # of items, every quote escaped once more, as a function hands them over

T = TypeVar("T", bound=BaseModel)


def bounded(ask: Callable[[int], Page[T]], limit: int) -> Page[T]:
    """The page of up to `limit` items that `ask` gives, asked for again with as many as fit, at least one."""
    page = ask(limit)
    while (fitting := fits(page.items)) < len(page.items):
        page = ask(fitting)
    return page


def fits(items: Sequence[BaseModel]) -> int:
    """How many of the items, from the first, make a page; never none of some."""
    size = 0
    for place, item in enumerate(items):
        size += len(json.dumps(item.model_dump_json()))
        if size > PAGE_BYTES and place:
            return place
    return len(items)
