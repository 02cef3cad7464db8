"""The book of calls, read and revised by whoever has something to say of it: writers, correlators, people."""

from collections.abc import Callable

from inframind import wiring
from inframind.entry import logger
from inframind.errors import Conflict, Malformed, Unavailable
from inframind.ports.topology import StoredCalls
from inframind.topology.book import Book

MAX_TRIES = 10  # to write a book that others write as well: each time one of them gets through

log = logger("topology")


def revised(work: Callable[[Book], Book]) -> tuple[Book, Book]:
    """The book before and after the work, which is kept; the work is done again where someone else was faster.

    Where `work` returns the very book that it was given, nothing is written. Raises what it raises.
    """
    for _ in range(MAX_TRIES):
        stored = wiring.calls().load()
        before = opened(stored)
        after = work(before)
        try:
            if after is not before:
                wiring.calls().save(after.to_bytes(), stored.version)
        except Conflict:
            continue
        return before, after
    raise Unavailable(f"The book of calls was written by others {MAX_TRIES} times in succession.")


def opened(stored: StoredCalls) -> Book:
    """The book; a new one in the place of one that is damaged.

    What series tell is learnt again within the hour; what people said stands in the audit.
    """
    try:
        return Book.from_bytes(stored.data) if stored.data else Book()
    except Malformed as damage:
        log.error("book of calls begun anew", reason=damage.detail)
        return Book()
