"""Whether a model is asked about an incident now: what it has cost so far, when it was last asked, how it behaves.

An analysis is counted before the model is called, so one that dies halfway has been counted too.
"""

from dataclasses import dataclass
from math import ceil
from typing import Literal

from inframind.identity import content_id
from inframind.records import Record
from inframind.signals import Analysis, Incident

CHARACTERS_PER_TOKEN = 3.0  # English has four, JSON and names fewer: an estimate that is rather too high
FAILURES = 3  # in succession, and the circuit opens
OPEN_MS, LONGEST_OPEN_MS = 600_000, 3_600_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What an incident may cost: analyses, tokens, dollars. Prices are for a thousand tokens, in and out."""

    analyses: int = 5
    tokens: int = 60_000
    cost: float = 0.25
    prices: tuple[float, float] = (0.0, 0.0)
    answer_tokens: int = 1_500
    spacing_ms: int = 120_000
    busy_ms: int = 200_000

    def price(self, input_tokens: int, output_tokens: int) -> float:
        """What so many tokens cost.

        >>> Limits(prices=(0.003, 0.015)).price(2_000, 400)
        0.012
        """
        return round((input_tokens * self.prices[0] + output_tokens * self.prices[1]) / 1000, 9)


class Spent(Record):
    """What the analyses of one incident have cost, and where they stand.

    `seen` is what mattered when the last one was completed, `answer` what it came to; `busy_until_ms` until when
    somebody is at one; `again_ms` when somebody will look again.
    """

    analyses: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    seen: str = ""
    answer: Analysis | None = None
    last_ms: int = 0
    busy_until_ms: int = 0
    again_ms: int = 0

    def begun(self, now_ms: int, limits: Limits) -> "Spent":
        """With one more analysis, which somebody is at."""
        news = {"analyses": self.analyses + 1, "last_ms": now_ms, "busy_until_ms": now_ms + limits.busy_ms}
        return self.model_copy(update=news | {"again_ms": 0})

    def used(self, tokens: tuple[int, int], limits: Limits) -> "Spent":
        """With the tokens of one more call, in and out."""
        there, back = tokens
        cost = round(self.cost + limits.price(there, back), 9)
        news = {"input_tokens": self.input_tokens + there, "output_tokens": self.output_tokens + back, "cost": cost}
        return self.model_copy(update=news)

    def ended(self, seen: str, answer: Analysis | None) -> "Spent":
        """With nobody at it any more; `seen` is what an analysis was completed of, empty if none was."""
        news = {"seen": seen, "answer": answer} if seen else {}
        return self.model_copy(update={"busy_until_ms": 0} | news)

    def can_pay(self, characters: int, limits: Limits) -> bool:
        """Whether one more call with so many characters stays within the limits, however long its answer is."""
        there = estimated(characters)
        tokens = self.input_tokens + self.output_tokens + there + limits.answer_tokens
        return tokens <= limits.tokens and self.cost + limits.price(there, limits.answer_tokens) <= limits.cost


class CircuitBreaker(Record):
    """How the model has behaved: failures in succession, and until when it is left alone."""

    failures: int = 0
    open_until_ms: int = 0

    def after_failure(self, now_ms: int, wait_s: int = 0) -> "CircuitBreaker":
        """After one more failure, with the wait that was asked for; twice as long each time from the third on.

        >>> one = CircuitBreaker().after_failure(0).after_failure(0)
        >>> one.open_until_ms, one.after_failure(0).open_until_ms, one.after_failure(0).after_failure(0).open_until_ms
        (0, 600000, 1200000)
        """
        failures = min(self.failures + 1, FAILURES + 10)
        open_ms = min(OPEN_MS << (failures - FAILURES), LONGEST_OPEN_MS) if failures >= FAILURES else 0
        until = max(now_ms + open_ms if open_ms else 0, now_ms + 1000 * wait_s if wait_s else 0)
        return CircuitBreaker(failures=failures, open_until_ms=max(until, self.open_until_ms))


@dataclass(frozen=True, slots=True)
class Decision:
    """Ask the model, wait until a moment, or leave it; and why."""

    step: Literal["ask", "wait", "leave"]
    reason: str
    at_ms: int = 0


def decide(spent: Spent, circuit: CircuitBreaker, case: "Case", now_ms: int, limits: Limits) -> Decision:
    """What to do about an incident now. What a person asks for is not put off, and yet it is paid within the limits."""
    if spent.seen == case.matter and not case.is_asked_for:
        return Decision("leave", "nothing has changed")
    if spent.analyses >= limits.analyses:
        return Decision("leave", "its analyses are used up")
    if not spent.can_pay(case.characters, limits):
        return Decision("leave", "its tokens or its money are used up")
    if spent.busy_until_ms > now_ms:
        return Decision("wait", "somebody is at it", spent.busy_until_ms)
    if circuit.open_until_ms > now_ms:
        return Decision("wait", "the model is left alone", circuit.open_until_ms)
    due = spent.last_ms + (limits.spacing_ms << (spent.analyses - 1)) if spent.analyses else 0
    if due > now_ms and not case.is_asked_for:
        return Decision("wait", "too soon after the last one", due)
    return Decision("ask", "an analysis is due")


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be decided on: what matters of the incident, how long the question is, whether a person asks."""

    matter: str
    characters: int
    is_asked_for: bool = False


def matter(incident: Incident) -> str:
    """A digest of what would change an analysis: signals, severity, services, who is suspected first."""
    parts = [incident.severity, *incident.services, *(f"{one.kind} {one.subject}" for one in incident.suspects[:1])]
    parts += sorted(f"{one.fingerprint} {one.severity}" for one in incident.signals)
    return content_id((part.encode(errors="replace") for part in parts), size=8)


def estimated(characters: int) -> int:
    """Tokens that so many characters make, rather too many."""
    return ceil(characters / CHARACTERS_PER_TOKEN)
