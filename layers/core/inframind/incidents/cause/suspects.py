"""Who is suspected of having caused an alarm, and what speaks against them."""

from enum import StrEnum

from inframind.identity import content_id
from inframind.records import Record


class EvidenceKind(StrEnum):
    """What sort of thing was observed."""

    DEVIATION = "deviation"
    ONSET = "onset"
    CALL_GRAPH = "call_graph"
    DEPLOYMENT = "deployment"
    LOG = "log"


class Evidence(Record):
    """One observation about one node, in words and in numbers; the same observation has the same id everywhere."""

    id: str
    kind: EvidenceKind
    words: str
    numbers: dict[str, float]

    @classmethod
    def of(cls, node: str, kind: EvidenceKind, words: str, numbers: dict[str, float]) -> "Evidence":
        """Evidence with the id that its content gives it; numbers are kept to twelve significant digits."""
        kept = {name: float(f"{value:.12g}") for name, value in numbers.items()}
        parts = (node, kind, words, *(f"{name}={value}" for name, value in sorted(kept.items())))
        return cls(id=content_id((part.encode() for part in parts), size=8), kind=kind, words=words, numbers=kept)


class Suspect(Record):
    """A node that may be the cause. Scores of one ranking add up to little more than 1 plus what hints add."""

    node: str
    score: float
    evidence: tuple[Evidence, ...]


class Hint(Record):
    """Something known beside the metrics that makes a node more suspect: a deployment, error logs.

    `strength` from 0 to 1: a hint of 1 against a node with a part in the alarm weighs as much as all of the blame.
    """

    node: str
    strength: float
    evidence: Evidence


RECENT_S = 1800.0  # a deployment is suspect for half an hour


def deployment_hint(node: str, version: str, deployed_s: float, alarm_s: float) -> Hint | None:
    """A hint against what was deployed within the half hour before an alarm, the stronger the shorter before.

    >>> deployment_hint("checkout", "v42", 1000.0, 1360.0).strength
    0.8
    >>> deployment_hint("checkout", "v42", 1000.0, 4000.0) is None
    True
    """
    age = alarm_s - deployed_s
    if not 0.0 <= age < RECENT_S:
        return None
    words = f"{version} was deployed {age / 60:.0f} min before the alarm"
    evidence = Evidence.of(node, EvidenceKind.DEPLOYMENT, words, {"deployed_s": deployed_s, "age_s": age})
    return Hint(node=node, strength=1.0 - age / RECENT_S, evidence=evidence)
