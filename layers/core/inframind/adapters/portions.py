"""Many entries in calls that take only so many of them, and only so many bytes together."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def portions(entries: Iterable[T], size_of: Callable[[T], int], most: tuple[int, int]) -> Iterator[list[T]]:
    """The entries in order, in lists of at most so many entries and bytes; one that is larger stands alone.

    >>> list(portions(["aa", "bb", "c", "dddd", "e"], len, (2, 4)))
    [['aa', 'bb'], ['c'], ['dddd'], ['e']]
    """
    number, room = most
    portion: list[T] = []
    used = 0
    for entry in entries:
        size = size_of(entry)
        if portion and (len(portion) == number or used + size > room):
            yield portion
            portion, used = [], 0
        portion.append(entry)
        used += size
    if portion:
        yield portion
