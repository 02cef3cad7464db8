"""What people do to an incident: acknowledge, resolve, merge, judge. The board learns of it in the same write."""

from datetime import datetime

from inframind.errors import Conflict
from inframind.incidents.auto_resolution import closed
from inframind.incidents.board import Board, OpenIncident
from inframind.incidents.diagnosis import diagnosed
from inframind.incidents.lifecycle import joined, merged_into, resolved, told
from inframind.incidents.outcome import Outcome, owe, with_look
from inframind.incidents.rules import Rules
from inframind.records import rfc3339, to_ms
from inframind.signals import Incident, Lesson


def acknowledge(board: Board, incident: Incident, who: str, until: datetime, now_ms: int) -> Outcome:
    """Somebody is at it until then; raises `Conflict` if it is over."""
    _must_be_open(incident)
    taken = told(incident, now_ms, "acknowledged", f"Acknowledged by {who} until {rfc3339(until)}")
    after = taken.model_copy(update={"status": "acknowledged", "acknowledged_by": who, "acknowledged_until": until})
    known = board.open.get(incident.id) or OpenIncident(id=incident.id, opened_ms=to_ms(incident.opened_at))
    entry = known.model_copy(update={"acknowledged_until_ms": to_ms(until)})
    news = {"open": board.open | {incident.id: entry}}
    return _outcome(board.model_copy(update=news), (after,), ("changed", "acknowledged"), now_ms)


def resolve(board: Board, incident: Incident, who: str, now_ms: int) -> Outcome:
    """Somebody says it is over; what is told of the same signals again opens nothing. Raises `Conflict` if it was."""
    _must_be_open(incident)
    return _outcome(
        _without(board, incident), (resolved(incident, now_ms, f"Resolved by {who}"),), ("resolved", "resolved"), now_ms
    )


def merge(board: Board, pair: tuple[Incident, Incident], now_ms: int, rules: Rules) -> Outcome:
    """The second incident becomes part of the first, with all that is still to come of it."""
    target, other = pair
    _must_be_open(target)
    _must_be_open(other)
    if target.id == other.id:
        raise Conflict("An incident cannot be merged into itself.")
    conditions = {
        name: one.model_copy(update={"incident": target.id}) if one.incident == other.id else one
        for name, one in board.conditions.items()
    }
    still_open = {name: one for name, one in board.open.items() if name != other.id}
    news = {"conditions": conditions, "open": still_open}
    both = (diagnosed(joined(target, [other], now_ms), rules), merged_into(other, target.id, now_ms))
    return _outcome(board.model_copy(update=news), both, ("changed", "merged"), now_ms)


def judge(board: Board, incident: Incident, said: tuple[str | None, Lesson | None], now_ms: int) -> Outcome:
    """What it was, and what helped: in somebody's words, in the form of a lesson, or both; open or over."""
    feedback, lesson = said
    parts = (feedback, _spoken(lesson) if lesson else None)
    after = told(incident, now_ms, "feedback", ". ".join(part for part in parts if part))
    return _outcome(
        board, (after.model_copy(update={"feedback": feedback, "lesson": lesson}),), ("changed", "feedback"), now_ms
    )


def _spoken(lesson: Lesson) -> str:
    """The lesson in words.

    >>> _spoken(Lesson(cause_was_right=False, cause="the pool", helped="a restart"))
    'The cause that was named is wrong. It was: the pool. What helped: a restart'
    """
    judged = {None: "", True: "The cause that was named is right", False: "The cause that was named is wrong"}
    told_of = (lesson.cause and f"It was: {lesson.cause}", lesson.helped and f"What helped: {lesson.helped}")
    return ". ".join(part for part in (judged[lesson.cause_was_right], *told_of) if part)


def _must_be_open(incident: Incident) -> None:
    if incident.status in ("resolved", "merged"):
        into = f" into {incident.merged_into}" if incident.merged_into else ""
        raise Conflict(f"Incident {incident.id} is {incident.status}{into}.")


def _without(board: Board, incident: Incident) -> Board:
    still_open = {name: one for name, one in board.open.items() if name != incident.id}
    return board.model_copy(update={"conditions": closed(board.conditions, [incident.id]), "open": still_open})


def _outcome(board: Board, incidents: tuple[Incident, ...], fact: tuple[str, str], now_ms: int) -> Outcome:
    kind, reason = fact
    debts = [owe(kind, incidents[0].id, reason, now_ms)]
    debts += [owe("changed", one.id, "merged", now_ms) for one in incidents[1:]]
    after = board.model_copy(update={"owed": (*board.owed, *debts)})
    return Outcome(with_look(after, now_ms), {one.id: one for one in incidents})
