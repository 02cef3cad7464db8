"""What the correlator remembers between two deliveries: the conditions it has heard of, and what it owes to others.

The board is one item, written under a condition. Whoever changes an incident changes the board in the same write, so
that of two who meet one goes first and the other begins again with what the first one left.
"""

import zlib
from typing import Literal

from pydantic import ConfigDict, Field

from inframind.errors import Damaged
from inframind.records import Record
from inframind.signals import IncidentSeverity, Signal, SignalKind

SEVERITIES: tuple[IncidentSeverity, ...] = ("low", "medium", "high", "critical")
WORST_FIRST = SEVERITIES[::-1]
SEEN = 8  # signals of a condition whose ids are remembered
HEARD = 256  # messages remembered, so that one delivered again changes nothing


class Condition(Record):
    """What is known under one fingerprint; `signal` is the earliest sign of it, until an incident holds it.

    `first_ms` and `last_ms` are None where only its end was heard of. `is_closed`: its incident is over.
    """

    fingerprint: str
    service: str
    kind: SignalKind
    severity: IncidentSeverity
    first_ms: int | None = None
    last_ms: int | None = None
    ended_ms: int | None = None
    received_ms: int
    count: int = 0
    seen: tuple[str, ...] = ()
    incident: str | None = None
    anomaly: str | None = None
    is_closed: bool = False
    signal: Signal | None = None

    @property
    def is_over(self) -> bool:
        """Whether the last word on it was that it has cleared."""
        return self.ended_ms is not None and (self.last_ms is None or self.ended_ms >= self.last_ms)


class OpenIncident(Record):
    """An incident that still takes signals in; `deployments` are the ids of those on its time line."""

    id: str
    opened_ms: int
    deployments: tuple[str, ...] = ()
    acknowledged_until_ms: int | None = None


class Owed(Record):
    """A fact that is to be announced of an incident; the id stays the same however often it is."""

    id: str
    kind: Literal["opened", "changed", "resolved"]
    incident: str
    reason: str
    at_ms: int


class Opened(Record):
    """How many incidents a sender has opened, from that moment on."""

    since_ms: int
    count: int = 0


class Board(Record):
    """Conditions by fingerprint, deployments and open incidents by id, debts, messages heard, when to look again.

    `calls` is the version of the call graph by which the conditions were grouped last. `cold` says how many
    incidents lie in each cold shard (see `correlation.cold_storage`; at rest they are called drawers), `away` how many
    open ones in all, `turn` which shard is looked into next. `senders`: see `correlation.admission`.
    """

    model_config = ConfigDict(populate_by_name=True)

    conditions: dict[str, Condition] = Field(default_factory=dict)
    deployments: dict[str, Signal] = Field(default_factory=dict)
    open: dict[str, OpenIncident] = Field(default_factory=dict)
    owed: tuple[Owed, ...] = ()
    heard: tuple[str, ...] = ()
    look_ms: int = 0
    look_is_owed: bool = False
    calls: int = 0
    cold: dict[int, int] = Field(default_factory=dict, alias="drawers")
    away: int = 0
    turn: int = 0
    senders: dict[str, Opened] = Field(default_factory=dict)

    @property
    def has_open(self) -> bool:
        """Whether any incident is open, here or in a cold shard."""
        return bool(self.open) or self.away > 0

    def to_bytes(self) -> bytes:
        """The board as compressed JSON."""
        return zlib.compress(self.model_dump_json(exclude_defaults=True, by_alias=True).encode(), 6)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Board":
        """The inverse of `to_bytes`. Raises `Damaged`."""
        try:
            return cls.read(zlib.decompress(data))
        except (ValueError, zlib.error) as damage:
            raise Damaged("The board of incidents cannot be read.") from damage


def worst(severities: "list[IncidentSeverity]") -> IncidentSeverity:
    """The most severe of them; low if there are none.

    >>> worst(["medium", "critical", "low"])
    'critical'
    """
    return max(severities, key=SEVERITIES.index, default="low")
