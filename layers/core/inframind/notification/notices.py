"""What is worth telling a channel of an incident, given what it has been told: a pure comparison of the two.

Facts may arrive twice, late and in any order: what counts is the newest state of the incident, never the fact itself.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from pydantic import Field

from inframind.notification.escalations import OPENED
from inframind.notification.matching import rank
from inframind.records import Moment, Record, to_ms
from inframind.signals import Incident, IncidentSeverity

Event = Literal[
    "opened",
    "raised",
    "analysed",
    "remembered",
    "grew",
    "acknowledged",
    "escalated",
    "repeated",
    "merged",
    "resolved",
    "test",
]
SPACING = timedelta(minutes=30)  # between two notices that say no more than that an incident has grown
REASONS_KEPT = 300
SEEN_BEFORE = "remembered"  # told with the first notice that shows what is like the incident
BY_RULES = "rules"  # whoever has heard a better analyst need not hear the rules again
ENDED = ("resolved", "merged")
SIGNALS_KEPT, TEXT_KEPT = 30, 500
EVIDENCE_KEPT = ("current_value", "baseline_mean", "z_score", "deviation_percent")


class DeliveryRecord(Record):
    """What one channel has been told of one incident so far.

    `is_doubtful`: nothing that is known, but somebody began to, and may have been ended between sending and noting it.
    `refused` are those of the reasons that the provider refused, `refused_at` the last time.
    """

    incident_id: str
    channel_id: str
    reasons: tuple[str, ...] = ()
    severity: IncidentSeverity | None = None
    analyst: str | None = None
    signal_count: int = 0
    told_at: Moment | None = None
    thread: str | None = None
    refused: tuple[str, ...] = Field((), exclude_if=lambda reasons: not reasons)  # older records have no such fields
    refused_at: Moment | None = Field(None, exclude_if=lambda moment: moment is None)
    is_doubtful: bool = Field(False, exclude=True)  # never part of what is kept

    @property
    def is_told(self) -> bool:
        """Whether the channel knows of the incident."""
        return self.severity is not None

    def and_of(self, notice: "Notice", thread: str | None) -> "DeliveryRecord":
        """The same with one more notice."""
        incident = notice.incident
        return self.model_copy(
            update={
                "reasons": (*self.reasons, *notice.covers)[-REASONS_KEPT:],
                "severity": incident.severity,
                "analyst": incident.analysis.analyst if incident.analysis else None,
                "signal_count": incident.signal_count,
                "told_at": incident.changed_at,
                "thread": self.thread or thread,
                "is_doubtful": False,
            }
        )

    def and_refused(self, reasons: Iterable[str], now: datetime) -> "DeliveryRecord":
        """The same with reasons that cannot be told: they are not tried again while the channel is as it is."""
        update = {"reasons": (*self.reasons, *reasons), "refused": (*self.refused, *reasons), "refused_at": now}
        kept = {name: value[-REASONS_KEPT:] if isinstance(value, tuple) else value for name, value in update.items()}
        return self.model_copy(update=kept | {"is_doubtful": False})

    def since(self, changed_at: datetime) -> "DeliveryRecord":
        """The same for a channel that was changed then: what was refused before may be tried again."""
        if self.refused_at is None or changed_at <= self.refused_at:
            return self
        reasons = tuple(one for one in self.reasons if one not in self.refused)
        return self.model_copy(update={"reasons": reasons, "refused": (), "refused_at": None})


class Notice(Record):
    """One thing to be said of an incident: what happened, and the reason under which it is said once."""

    incident: Incident
    event: Event
    reason: str
    is_update: bool = False

    @property
    def is_short(self) -> bool:
        """Whether it only says who or when."""
        return self.is_update and self.event in {"acknowledged", "merged", "resolved"}

    @property
    def covers(self) -> tuple[str, ...]:
        """The reasons that need not be told any more once it is."""
        shows = SEEN_BEFORE if self.incident.similar and not self.is_short else self.reason
        return tuple(dict.fromkeys((self.reason, shows)))


def news(incident: Incident, record: DeliveryRecord) -> Notice | None:
    """What the incident's state adds to what was told; None if that is nothing worth a message."""
    event, reason = _news(incident, record)
    if event is None or reason in record.reasons:
        return None
    return Notice(incident=incident, event=event, reason=reason, is_update=record.is_told)


def asked_for(reason: str, incident: Incident, record: DeliveryRecord) -> Notice | None:
    """The notice that an escalation asks for under `reason`; None if it was told, or the incident has ended."""
    if reason in record.reasons or incident.status in ENDED or (reason == OPENED and record.is_told):
        return None
    word = reason.partition(":")[0]
    event: Event = (
        "opened" if not record.is_told and word == OPENED else "repeated" if word == "repeat" else "escalated"
    )
    return Notice(incident=incident, event=event, reason=reason, is_update=record.is_told)


def _news(incident: Incident, record: DeliveryRecord) -> tuple[Event | None, str]:
    if record.severity is None and not (record.is_doubtful and incident.status in ENDED):
        return None, ""  # the first notice is for a route to decide; of the end whoever may know of it hears
    if incident.status == "resolved":
        return "resolved", f"resolved:{to_ms(incident.resolved_at or incident.changed_at)}"
    if incident.status == "merged":
        return "merged", f"merged:{incident.merged_into}"
    if record.severity is not None and rank(incident.severity) > rank(record.severity):
        return "raised", f"raised:{incident.severity}"
    if incident.status == "acknowledged" and _acknowledgement(incident) not in record.reasons:
        return "acknowledged", _acknowledgement(incident)
    return _growth(incident, record)


def _acknowledgement(incident: Incident) -> str:
    until = to_ms(incident.acknowledged_until) if incident.acknowledged_until else "open end"
    return f"acknowledged:{incident.acknowledged_by}:{until}"


def _growth(incident: Incident, record: DeliveryRecord) -> tuple[Event | None, str]:
    analyst = incident.analysis.analyst if incident.analysis else None
    if analyst is not None and analyst != record.analyst and (record.analyst is None or analyst != BY_RULES):
        return "analysed", f"analysed:{analyst}"
    if incident.similar and SEEN_BEFORE not in record.reasons:
        return "remembered", SEEN_BEFORE
    since = incident.changed_at - record.told_at if record.told_at else timedelta(0)
    if incident.signal_count > record.signal_count and since >= SPACING:
        return "grew", f"grew:{(incident.changed_at - incident.opened_at) // SPACING}"
    return None, ""


def newest(first: Incident, second: Incident) -> Incident:
    """The later state of one incident; at the same instant, the one that has ended, then the one that knows more."""
    return max(
        first, second, key=lambda one: (one.changed_at, one.status in ENDED, one.signal_count, bool(one.analysis))
    )


def compact(incident: Incident) -> Incident:
    """The incident with what notices and routes need of it: it has to fit into an item, whatever its evidence holds."""
    shown = sorted(incident.signals, key=lambda one: one.observed_at)[:SIGNALS_KEPT]
    signals = tuple(
        one.model_copy(
            update={
                "title": one.title[:TEXT_KEPT],
                "detail": one.detail[:TEXT_KEPT],
                "evidence": {name: one.evidence[name] for name in EVIDENCE_KEPT if name in one.evidence},
            }
        )
        for one in shown
    )
    return incident.model_copy(update={"signals": signals, "timeline": (), "measurements": ()})
