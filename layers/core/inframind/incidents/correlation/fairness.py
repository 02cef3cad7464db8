"""Who gives up first where there is not room for all: whoever has the most."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def given_up(items: Sequence[T], owner: Callable[[T], str]) -> list[T]:
    """The items, given oldest first, in the order in which they go: nobody's last one before another's last but one.

    >>> given_up(["loud 1", "quiet 1", "loud 2", "loud 3"], lambda item: item.split()[0])
    ['loud 1', 'loud 2', 'quiet 1', 'loud 3']
    """
    newer: Counter[str] = Counter()
    places: dict[int, int] = {}
    for place in range(len(items) - 1, -1, -1):
        places[place] = newer[owner(items[place])]
        newer[owner(items[place])] += 1
    return [items[place] for place in sorted(places, key=lambda place: (-places[place], place))]
