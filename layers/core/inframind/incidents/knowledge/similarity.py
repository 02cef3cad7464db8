"""Which of what was learnt is like what happens now.

Two incidents are as alike as the cosine of their traits, each weighted by what it says (a log template more than a
kind) and by how rare it is in the memory (idf, Sparck Jones 1972). Each shared trait has its part of the score; the
parts add up to it.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from math import fsum, log, sqrt

from inframind.incidents.knowledge.entries import Knowledge
from inframind.incidents.knowledge.traits import traits, weight
from inframind.records import Record
from inframind.signals import Incident, PastIncident

ALIKE = 0.3  # below it, a past incident is not shown
SHOWN = 3
SHARED = 6  # traits named with a past incident
TOLD = 300  # characters of each text of an entry that go with an incident: facts and notices are small
WORD = re.compile(r"\w{3,40}")
STOP = {"and", "are", "for", "from", "had", "has", "its", "not", "that", "the", "was", "were", "with"}


class Found(Record):
    """An entry, how alike it is (0 to 1), and the traits that are shared, those that say most first."""

    entry: Knowledge
    score: float
    shared: tuple[str, ...]


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


def _ranked(wanted: Collection[str], known: Sequence[tuple[Knowledge, Collection[str]]], least: float) -> list[Found]:
    mine = set(wanted)
    counted = Counter(trait for _, theirs in known for trait in set(theirs))
    weights = {
        trait: (weight(trait) * (log((len(known) + 1) / (counted[trait] + 1)) + 1)) ** 2
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


def _told(entry: Knowledge) -> str:
    return " ".join((entry.title, entry.cause, entry.helped, entry.notes, *entry.services))


def _words(text: str) -> set[str]:
    return {f"word {word}" for word in WORD.findall(text.lower()) if word not in STOP}
