"""Items of the incidents table that cannot be read: passed over, and copied before anything takes their place.

A copy is `pk` = "damaged#", the key of what it was, "#", a digest; it stands in no list and never expires.
"""

import zlib
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from inframind.adapters import reading
from inframind.adapters.aws import unavailable_as
from inframind.errors import Damaged
from inframind.identity import content_id

UNREADABLE = (ValueError, KeyError, zlib.error)  # pydantic's ValidationError is a ValueError
LEFT_OUT = ("list", "expires_at")

Item = dict[str, Any]
T = TypeVar("T")


def readable(read: Callable[[Item], T], item: Item) -> T:
    """What the item holds; raises `Damaged`."""
    try:
        return read(item)
    except UNREADABLE as damage:
        raise Damaged(f"What is kept as {item['pk']['S']} cannot be read.") from damage


def all_readable(read: Callable[[Item], T], items: Iterable[Item]) -> tuple[tuple[T, ...], tuple[str, ...]]:
    """What the items hold, and the ids of those that are damaged."""
    kept = ((item["pk"]["S"].partition("#")[2], item) for item in items)
    return reading.all_readable(lambda _name, item: readable(read, item), kept)


def set_aside(client: Any, table: str, item: Item) -> None:
    """Keeps a copy of the item; the same one, however often."""
    digest = content_id((repr(item[name]).encode() for name in sorted(item)), 6)
    kept = {name: value for name, value in item.items() if name not in LEFT_OUT}
    with unavailable_as("The incidents table"):
        client.put_item(TableName=table, Item=kept | {"pk": {"S": f"damaged#{item['pk']['S']}#{digest}"}})
