"""Whose turn it is when there is not time for all."""

from bisect import bisect_right
from collections.abc import Iterable


def in_turn(names: Iterable[str], after: str | None) -> list[str]:
    """Each name once, in order, beginning behind `after`: who stops early and resumes there passes nobody over.

    >>> in_turn(["c", "a", "b"], "a")
    ['b', 'c', 'a']
    >>> in_turn(["c", "a"], "b"), in_turn(["c", "a"], None), in_turn(["c", "a"], "z")
    (['c', 'a'], ['a', 'c'], ['a', 'c'])
    """
    order = sorted(set(names))
    start = bisect_right(order, after) if after is not None else 0
    return order[start:] + order[:start]
