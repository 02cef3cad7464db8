"""Reading records of which some may be damaged: those are named, and the rest goes on."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from inframind.errors import Damaged

Kept = TypeVar("Kept")
T = TypeVar("T")


def all_readable(
    read: Callable[[str, Kept], T], kept: Iterable[tuple[str, Kept]]
) -> tuple[tuple[T, ...], tuple[str, ...]]:
    """What is kept under each id, as far as `read(id, item)` does not raise `Damaged`; the ids where it does."""
    found, damaged = list[T](), list[str]()
    for name, item in kept:
        try:
            found.append(read(name, item))
        except Damaged:
            damaged.append(name)
    return tuple(found), tuple(damaged)
