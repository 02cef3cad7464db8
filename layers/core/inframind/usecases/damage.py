"""What is kept and cannot be read: logged as an error and counted, each time it is met, and the rest goes on."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from inframind.entry import logger
from inframind.platform.catalogue import RecordKind
from inframind.usecases.counters import add_counts

if TYPE_CHECKING:
    from inframind.ports.configuration import ConfigStore
    from inframind.ports.paging import Page

T = TypeVar("T", bound=BaseModel)


def readable(store: "ConfigStore[T]", kind: RecordKind, word: str = "notification") -> Sequence[T]:
    """Everything in the store that can be read."""
    return reported(store.all(), kind, word).items


def reported(page: "Page[T]", kind: RecordKind, word: str = "notification") -> "Page[T]":
    """The page, what is damaged on it said."""
    report(kind, page.damaged, word)
    return page


def report(kind: RecordKind, names: Sequence[str], word: str = "notification") -> None:
    """Says which records of a kind cannot be read."""
    for name in names:
        logger(word).error("record damaged", kind=kind, record=name)
    add_counts(word, {("records_damaged_total", (("kind", kind),)): len(names)})
