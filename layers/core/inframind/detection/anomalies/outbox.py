"""Anomalies that are open, and those not yet told: kept inside the bank, so that one conditional write saves both.

What is in the outbox may have been told already (a crash came between telling and the next save); it is told again,
and listeners drop repeats by id.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pydantic import ValidationError

from inframind.facts import AnomalyFound
from inframind.identity import content_id, series_digest
from inframind.records import Anomaly

OPEN, OUTBOX = "open", "outbox"


@dataclass(slots=True)
class Ledger:
    """`is_open`: the open anomaly of each series, by its digest. `untold`: changes in order of time.

    `unreadable` counts records that a program of another version wrote and this one cannot read; they are dropped.
    """

    is_open: dict[bytes, Anomaly] = field(default_factory=dict)
    untold: list[Anomaly] = field(default_factory=list)
    unreadable: int = 0

    @classmethod
    def read(cls, extra: Mapping[str, bytes]) -> "Ledger":
        """The ledger in a bank's extra parts."""
        ledger = cls()
        for anomaly in ledger._records(extra.get(OPEN, b"")):
            ledger.is_open[digest_of(anomaly)] = anomaly
        ledger.untold.extend(ledger._records(extra.get(OUTBOX, b"")))
        return ledger

    def write(self) -> dict[str, bytes]:
        """The bank's extra parts that hold the ledger; equal ledgers give equal bytes."""
        return {OPEN: _lines(self.is_open[digest] for digest in sorted(self.is_open)), OUTBOX: _lines(self.untold)}

    def to_keep(self) -> list[Anomaly]:
        """What the table is to hold: each untold anomaly once, as it was last."""
        return list({anomaly.id: anomaly for anomaly in self.untold}.values())

    def to_announce(self) -> list[AnomalyFound]:
        """A fact for each untold anomaly that opened, also if it has cleared since."""
        return [found(anomaly) for anomaly in self.untold if anomaly.phase == "open"]

    def _records(self, lines: bytes) -> Iterable[Anomaly]:
        for line in lines.splitlines():
            try:
                yield Anomaly.read(line)
            except ValidationError:
                self.unreadable += 1


def found(anomaly: Anomaly) -> AnomalyFound:
    """The fact that an anomaly opened; its id follows from the anomaly's."""
    return AnomalyFound(
        id=content_id((b"AnomalyFound", anomaly.id.encode())), occurred_at=anomaly.detected_at, anomaly=anomaly
    )


def digest_of(anomaly: Anomaly) -> bytes:
    """The digest of the series an anomaly belongs to."""
    pairs = sorted(anomaly.labels.items())
    name = "\0".join((anomaly.metric_name, *(part for pair in pairs for part in pair)))
    return series_digest(anomaly.resource_id, name.encode())


def _lines(anomalies: Iterable[Anomaly]) -> bytes:
    return b"".join(anomaly.model_dump_json().encode() + b"\n" for anomaly in anomalies)
