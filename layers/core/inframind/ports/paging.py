"""What ports speak in beside records: pages of lists, and names of counters. Light, for functions that start often."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

CounterKey = tuple[str, tuple[tuple[str, str], ...]]
"""A counter's name and its labels, sorted: ("http_requests_total", (("method", "GET"), ...))."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list, and the opaque cursor of the next (None: this was the last).

    `damaged` are the ids of what is kept in between and cannot be read, where a store looks for that.
    """

    items: tuple[T, ...]
    cursor: str | None = None
    damaged: tuple[str, ...] = ()
