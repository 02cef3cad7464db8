"""What every capability needs from the outside world: the bus, keys, counters, and whatever is looked at."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from inframind.facts import Fact
from inframind.ports.paging import CounterKey, Page
from inframind.records import AccessKey, AuditRecord, KeyChange


class FactBus(Protocol):
    """The EventBridge bus."""

    def announce(self, facts: Sequence[Fact]) -> None:
        """Puts every fact on the bus, or raises `Unavailable`."""


class KeyStore(Protocol):
    """Access keys by id, and the audit records of their changes.

    What cannot be read stays where it is: pages name it and go on, and whoever asks for such a key has `Damaged`.
    """

    def get(self, key_id: str) -> AccessKey | None:
        """The key, or None. Raises `Damaged`."""

    def put(self, key: AccessKey, *, create: bool = False) -> None:
        """Keeps the key; with `create`, raises `Conflict` if the id is taken."""

    def change(self, change: KeyChange) -> None:
        """Keeps the change and its record, both or neither.

        Raises `Conflict` if the created key's id is taken, or the replaced key is no longer as it was before.
        """

    def list(self, limit: int, cursor: str | None = None) -> Page[AccessKey]:
        """All keys, a page at a time."""

    def note(self, record: AuditRecord) -> None:
        """Keeps the record of a change that is made elsewhere; the same record again changes nothing."""

    def audit(self, limit: int, cursor: str | None = None) -> Page[AuditRecord]:
        """The records of changes, newest first."""


class CounterStore(Protocol):
    """Counters that outlive every function instance."""

    def add(self, counts: Mapping[CounterKey, float]) -> None:
        """Adds to each counter."""

    def read(self) -> Mapping[CounterKey, float]:
        """Every counter's total."""

    def forget(self, pipeline: str) -> None:
        """Forgets what was counted of a pipeline."""


class Dependency(Protocol):
    """Something the platform stands on."""

    @property
    def name(self) -> str:
        """What an operator calls it."""

    def check(self) -> None:
        """Returns if it answers, raises `Unavailable` if it does not."""
