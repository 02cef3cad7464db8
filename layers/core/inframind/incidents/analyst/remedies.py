"""What may help: what the analysis of an incident recommends, and what has helped with others like it."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from inframind.incidents.analyst.actions import ACTIONS, action_of, risk_of
from inframind.incidents.analyst.rule_based import analyse
from inframind.incidents.knowledge.entries import Knowledge
from inframind.incidents.knowledge.similarity import past, searched
from inframind.records import Record, rfc3339
from inframind.signals import Incident, PastIncident, Risk

OUGHT = 0.6  # so alike that what helped then comes before what is recommended by rule
FOUND = 5  # entries that words lead to
HINTS: tuple[tuple[str, str, str], ...] = (
    (r"deploy|release|rollout|version|\bv\d", "rollback deployment", "It came with a deployment."),
    (r"config|setting|environment variable", "revert configuration", "A configuration has changed."),
    (r"feature|flag|toggle", "disable feature", "It came with a feature."),
    (r"pool|quota|limit|exhaust|throttl|too many", "raise limit", "Something that is limited is used up."),
    (r"disk|storage|no space|inode", "free disk space", "A disk is full or nearly so."),
    (r"certificate|tls|ssl|expired", "renew certificate", "A certificate is no longer valid."),
    (
        r"memory|oom|leak|deadlock|stuck|hung|hang",
        "restart service",
        "A process has run out of memory or stands still.",
    ),
    (r"traffic|load|spike|surge|saturat|cpu", "scale out", "There is more to do than it can."),
    (r"cache|stale", "clear cache", "What is cached may be wrong."),
    (
        r"timeout|time-out|timed out|refused|unreachable|upstream|dependency|dns",
        "check dependency",
        "Something it calls.",
    ),
    (r"error|exception|log", "read error logs", "Errors were logged."),
)


class Remedy(Record):
    """Something that may help, the one that most speaks for first; `evidence_ids` are signals of the incident."""

    action: str
    reasoning: str
    risk: Risk
    priority: int
    source: Literal["analysis", "rules", "memory"]
    evidence_ids: tuple[str, ...] = ()
    knowledge_id: str | None = None
    score: float | None = None


def for_incident(incident: Incident) -> tuple[Remedy, ...]:
    """What helped with incidents that are very like it, what its analysis recommends, what helped with others."""
    analysis = incident.analysis or analyse(incident)
    remembered = [_remembered(one) for one in incident.similar if one.helped]
    recommended = [
        Remedy(source="rules" if analysis.analyst == "rules" else "analysis", **action.model_dump())
        for action in analysis.recommended_actions
    ]
    close = [one for one in remembered if (one.score or 0) >= OUGHT]
    return _numbered([*close, *recommended, *(one for one in remembered if one not in close)])


def for_cause(cause: str, entries: Sequence[Knowledge]) -> tuple[Remedy, ...]:
    """What helped where the same words were used, and what rules say of such a cause."""
    remembered = [_remembered(past(found)) for found in searched(cause, entries)[:FOUND]]
    return _numbered([*(one for one in remembered if one.action), *_by_rule(cause)])


def _by_rule(cause: str) -> Iterator[Remedy]:
    for words, action, why in HINTS:
        if re.search(words, cause, re.IGNORECASE):
            yield Remedy(action=action, reasoning=why, risk=ACTIONS[action], priority=0, source="rules")
    inspect = "Compare it before and after the first sign."
    yield Remedy(action="inspect service", reasoning=inspect, risk="low", priority=0, source="rules")


def _remembered(one: PastIncident) -> Remedy:
    action = action_of(one.helped)
    return Remedy(
        action=one.helped,
        reasoning=f"It helped with {one.title} at {rfc3339(one.at)}"
        + (f", caused by {one.cause}" if one.cause else ""),
        risk=risk_of(action, "") if action else "medium",
        priority=0,
        source="memory",
        knowledge_id=one.knowledge_id,
        score=one.score,
    )


def _numbered(found: Sequence[Remedy]) -> tuple[Remedy, ...]:
    """Each action once, where it stands first, numbered from 1."""
    first = {one.action.lower(): one for one in reversed(found)}
    ordered = [one for one in found if first[one.action.lower()] is one]
    return tuple(one.model_copy(update={"priority": place}) for place, one in enumerate(ordered, 1))
