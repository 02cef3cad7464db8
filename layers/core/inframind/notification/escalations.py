"""Who is told next when nobody has acknowledged: the steps of an escalation, as a function of the time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, model_validator

from inframind.names import VisibleName
from inframind.notification.matching import Match
from inframind.records import Moment, Record, to_ms
from inframind.signals import Incident

OPENED = "opened"  # the reason of everybody's first notice
ChannelId = Annotated[str, Field(min_length=1, max_length=64)]


class Step(Record):
    """Some channels, and for how long nobody must have acknowledged before they are told."""

    after_seconds: int = Field(
        0, ge=0, le=604_800, description="Since the incident opened, or its acknowledgement ran out."
    )
    channels: tuple[ChannelId, ...] = Field(min_length=1, max_length=20)


class EscalationWanted(Record):
    """A route: which incidents go to whom, and to whom next."""

    name: VisibleName = Field(min_length=1, max_length=100)
    enabled: bool = True
    match: Match = Field(default_factory=Match, description="Which incidents; empty: all.")
    steps: tuple[Step, ...] = Field(min_length=1, max_length=10, description="In the order of `after_seconds`.")
    repeat_seconds: int | None = Field(
        14_400, ge=300, le=604_800, description="While nobody acknowledges, everybody told is told again; null: never."
    )

    @model_validator(mode="after")
    def _in_order(self) -> "EscalationWanted":
        times = [step.after_seconds for step in self.steps]
        if times != sorted(times):
            raise ValueError("steps must stand in the order of after_seconds")
        return self


class Escalation(EscalationWanted):
    """An escalation as kept."""

    id: str
    created_at: Moment
    updated_at: Moment


@dataclass(frozen=True, slots=True)
class Due:
    """Channels to be told now, and the reason, which is told once to each."""

    reason: str
    channels: tuple[str, ...]


def in_charge(
    incident: Incident, escalations: Iterable[Escalation], channels: Sequence[str], *, is_complete: bool = True
) -> list[Escalation]:
    """The escalations that take the incident. While there are none at all, every channel is told of everything.

    So it is when none of them takes it and they are not complete: one that cannot be read might.
    """
    known = list(escalations)
    taking = [one for one in known if one.enabled and one.match.takes(incident)]
    if taking or (known and is_complete):
        return taking
    if not channels:
        return []
    everybody = Step.model_construct(after_seconds=0, channels=tuple(channels))
    at = incident.opened_at
    return [
        Escalation.model_construct(
            id="all", name="everybody", steps=(everybody,), repeat_seconds=None, created_at=at, updated_at=at
        )
    ]


def is_acknowledged(incident: Incident, now: datetime) -> bool:
    """Whether somebody has it in hand at `now`."""
    if incident.status != "acknowledged":
        return False
    return incident.acknowledged_until is None or now < incident.acknowledged_until


def due(escalation: Escalation, incident: Incident, now: datetime) -> Iterator[Due]:
    """Everything that the escalation asks for at `now`, told already or not.

    The first step is due even when acknowledged: those who have the incident in hand may be none of its channels.
    """
    first, waiting_since = escalation.steps[0], _waiting_since(incident, now)
    if now >= incident.opened_at + timedelta(seconds=first.after_seconds):
        yield Due(OPENED, first.channels)
    if is_acknowledged(incident, now):
        return
    waited = (now - waiting_since).total_seconds()
    lapsed = waiting_since != incident.opened_at
    reached = [(n, step) for n, step in enumerate(escalation.steps) if waited >= step.after_seconds]
    for number, step in reached if lapsed else reached[1:]:
        yield Due(f"step:{escalation.id}:{number}:{to_ms(waiting_since)}", step.channels)
    repeats = int(waited // escalation.repeat_seconds) if escalation.repeat_seconds else 0
    if repeats and reached:
        everybody = tuple(dict.fromkeys(channel for _, step in reached for channel in step.channels))
        yield Due(f"repeat:{escalation.id}:{repeats}:{to_ms(waiting_since)}", everybody)


def _waiting_since(incident: Incident, now: datetime) -> datetime:
    lapsed = incident.acknowledged_until
    return lapsed if lapsed is not None and lapsed <= now else incident.opened_at
