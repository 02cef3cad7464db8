"""What was learnt from incidents that are over, and which of it is like what happens now.

An incident is a set of traits: its services, metrics, alerts, log templates, deployments and kinds of signal. Two are
as alike as the cosine of their traits, each weighted by what it says (a log template more than a kind) and by how rare
it is in the memory (idf, Sparck Jones 1972). Each shared trait has its part of the score; the parts add up to it.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from math import fsum, log, sqrt
from typing import Literal

from inframind.records import Moment, Record
from inframind.signals import Incident, PastIncident, Signal

WEIGHTS = {
    "template": 3.0,
    "alert": 2.5,
    "metric": 2.0,
    "service": 1.5,
    "deployed": 1.0,
    "deployment": 0.7,
    "direction": 0.7,
    "kind": 0.5,
    "word": 1.0,
}
ALIKE = 0.3  # below it, a past incident is not shown
SHOWN = 3
SHARED = 6  # traits named with a past incident
TRAITS, TRAIT_CHARS, TEXT = 60, 160, 2_000
TOLD = 300  # characters of each text of an entry that go with an incident: facts and notices are small
CHANGING = re.compile(r"0x[0-9a-f]+|\b[0-9a-f]{8,}\b|\d+", re.IGNORECASE)
WORD = re.compile(r"\w{3,40}")
STOP = {"and", "are", "for", "from", "had", "has", "its", "not", "that", "the", "was", "were", "with"}


class Knowledge(Record):
    """What an incident was, what caused it and what helped; `traits` are what it is found again by."""

    id: str
    source: Literal["incident", "person"]
    incident_id: str | None = None
    title: str
    at: Moment
    services: tuple[str, ...] = ()
    cause: str = ""
    cause_was_right: bool | None = None
    helped: str = ""
    notes: str = ""
    traits: tuple[str, ...] = ()
    created_by: str | None = None


class Found(Record):
    """An entry, how alike it is (0 to 1), and the traits that are shared, those that say most first."""

    entry: Knowledge
    score: float
    shared: tuple[str, ...]


def learnt(incident: Incident) -> Knowledge | None:
    """What is to be remembered of the incident: nothing before it is over and somebody has said what it was."""
    if incident.status != "resolved" or (incident.feedback is None and incident.lesson is None):
        return None
    lesson = incident.lesson
    named = incident.analysis.root_cause.description if incident.analysis and incident.suspects else ""
    is_wrong = lesson is not None and lesson.cause_was_right is False
    return Knowledge(
        id=incident.id,
        source="incident",
        incident_id=incident.id,
        title=incident.title[:TEXT],
        at=incident.resolved_at or incident.changed_at,
        services=incident.services,
        cause=((lesson.cause if lesson else "") or ("" if is_wrong else named))[:TEXT],
        cause_was_right=lesson.cause_was_right if lesson else None,
        helped=(lesson.helped if lesson else "")[:TEXT],
        notes=(incident.feedback or "")[:TEXT],
        traits=traits(incident),
    )


def traits(incident: Incident) -> tuple[str, ...]:
    """What an incident is recognised by, sorted; the same whatever the order of its signals."""
    found = {trait for signal in incident.signals for trait in _traits(signal)}
    return bounded([*found, *(f"service {name}" for name in incident.services)])


def bounded(found: Collection[str]) -> tuple[str, ...]:
    """Traits as they are kept: each once, those that say most if there are too many, sorted."""
    cut = {trait[:TRAIT_CHARS] for trait in found}
    return tuple(sorted(sorted(cut, key=lambda trait: (-_weight(trait), trait))[:TRAITS]))


def template(text: str) -> str:
    """The text of a log line with what changes from line to line left out.

    >>> template("Database timeout after 30000 ms, request 7f3a9c0d1e2b")
    'Database timeout after <*> ms, request <*>'
    """
    return CHANGING.sub("<*>", text)


def log_templates(signal: Signal) -> list[str]:
    """The templates that a signal of logs tells of, its title if it names none; none of any other signal."""
    if signal.kind not in ("log_spike", "new_error_template"):
        return []
    listed = signal.evidence.get("templates")
    several = [one.get("template") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    named = [one for one in (signal.evidence.get("template"), *several) if isinstance(one, str)]
    return named or [signal.title]


def alike(wanted: Collection[str], entries: Sequence[Knowledge], least: float = ALIKE) -> list[Found]:
    """The entries that share enough of the traits, most alike first."""
    return _ranked(wanted, [(entry, entry.traits) for entry in entries], least)


def searched(text: str, entries: Sequence[Knowledge]) -> list[Found]:
    """The entries that share words with the text, most alike first."""
    return _ranked(_words(text), [(entry, tuple(_words(_told(entry)))) for entry in entries], 0.01)


def recalled(incident: Incident, entries: Sequence[Knowledge]) -> tuple[PastIncident, ...]:
    """The few past incidents that are most like this one."""
    others = [entry for entry in entries if entry.incident_id != incident.id]
    return tuple(past(found) for found in alike(traits(incident), others)[:SHOWN])


def past(found: Found) -> PastIncident:
    """An entry as it is shown with an incident that it is like."""
    entry = found.entry
    return PastIncident(
        knowledge_id=entry.id,
        incident_id=entry.incident_id,
        title=entry.title[:TOLD],
        at=entry.at,
        score=found.score,
        shared=found.shared[:SHARED],
        cause=entry.cause[:TOLD],
        helped=(entry.helped or entry.notes)[:TOLD],
    )


def _traits(signal: Signal) -> Iterator[str]:
    if signal.kind == "deployment":
        yield from ("deployment", f"deployed {signal.service}")
        return
    yield from (f"kind {signal.kind}", f"service {signal.service}")
    metric, direction = signal.evidence.get("metric_name"), signal.evidence.get("direction")
    if signal.kind == "anomaly" and isinstance(metric, str):
        yield f"metric {metric}"
        if isinstance(direction, str):
            yield f"direction {metric} {direction}"
    if signal.kind == "alert":
        yield f"alert {signal.labels.get('alertname') or signal.title}"
    yield from (f"template {template(text)}" for text in log_templates(signal))


def _ranked(wanted: Collection[str], known: Sequence[tuple[Knowledge, Collection[str]]], least: float) -> list[Found]:
    mine = set(wanted)
    counted = Counter(trait for _, theirs in known for trait in set(theirs))
    weights = {
        trait: (_weight(trait) * (log((len(known) + 1) / (counted[trait] + 1)) + 1)) ** 2
        for trait in mine | counted.keys()
    }
    found = []
    for entry, theirs in known:
        shares = _shares(mine, set(theirs), weights)
        score = round(sum(shares.values()), 4)
        if shares and score >= least:
            found.append(Found(entry=entry, score=score, shared=_named(shares)))
    return sorted(found, key=lambda one: (-one.score, -one.entry.at.timestamp(), one.entry.id))


def _shares(some: set[str], others: set[str], weights: Mapping[str, float]) -> dict[str, float]:
    """The part of the cosine that each shared trait has; `weights` are squared."""
    shared = sorted(some & others)
    if not shared:
        return {}
    length = sqrt(fsum(weights[one] for one in some)) * sqrt(fsum(weights[one] for one in others))
    return {one: weights[one] / length for one in shared}


def _named(shares: dict[str, float]) -> tuple[str, ...]:
    return tuple(sorted(shares, key=lambda trait: (-shares[trait], trait)))


def _weight(trait: str) -> float:
    return WEIGHTS.get(trait.partition(" ")[0], 1.0)


def _told(entry: Knowledge) -> str:
    return " ".join((entry.title, entry.cause, entry.helped, entry.notes, *entry.services))


def _words(text: str) -> set[str]:
    return {f"word {word}" for word in WORD.findall(text.lower()) if word not in STOP}
