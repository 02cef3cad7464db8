"""What people configure, wherever it is kept."""

from typing import Protocol, TypeVar

from inframind.ports.paging import Page

T = TypeVar("T")


class ConfigStore(Protocol[T]):
    """What people configure, by id: channels, escalations, silences, detectors.

    One that cannot be read stays where it is: lists name it and go on, and whoever asks for it has `Damaged`.
    """

    def get(self, item_id: str) -> T | None:
        """The item, or None. Raises `Damaged`."""

    def create(self, item: T) -> T:
        """Keeps a new item; returns the one that has the id already, if there is one. Raises `Damaged`."""

    def replace(self, item: T) -> bool:
        """Keeps the item in the place of the one with its id; False if there is none."""

    def delete(self, item_id: str) -> bool:
        """Forgets the item; False if there is none."""

    def list(self, limit: int, cursor: str | None = None) -> Page[T]:
        """Items by id, a page at a time."""

    def all(self) -> Page[T]:
        """Every item, by id, on one page."""
