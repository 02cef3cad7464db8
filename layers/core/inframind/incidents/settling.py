"""A plan put into effect: incidents opened, grown and merged, the facts owed of them, and the board after it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from inframind.identity import content_id
from inframind.incidents.analyst.rules import analyse
from inframind.incidents.board import Board, OpenIncident, Owed, worst
from inframind.incidents.case import grown, joined, opened, told
from inframind.incidents.cause.signal_ranking import suspects
from inframind.incidents.correlation import Group, Plan, Rules
from inframind.records import from_ms, to_ms
from inframind.signals import Incident, Measurement

LOOK_EVERY_MS = 60_000  # while an incident is open
STORY = 300  # characters of a line of a story


@dataclass(slots=True)
class Outcome:
    """The board as it is to be kept, and the incidents and deployments that go with it in one write."""

    board: Board
    incidents: dict[str, Incident] = field(default_factory=dict)
    folded: int = 0  # signals that were counted to another of their service


def settle(board: Board, plan: Plan, known: Mapping[str, Incident], now_ms: int, rules: Rules) -> Outcome:
    """What becomes of the board and of incidents; `known` holds those the plan names."""
    taken = board.model_copy(update={"conditions": plan.conditions, "deployments": plan.deployments})
    outcome = Outcome(taken, folded=plan.folded)
    still_open, owed = dict(board.open), {one.id: one for one in board.owed}
    moved: dict[str, str] = {}
    for planned in plan.groups:
        group = _redirected(_named_anew(planned, known, now_ms), moved)
        latest = {**known, **outcome.incidents}
        before = None if group.is_new else latest.get(group.incident)  # gone, if it is past its retention
        others = [latest[name] for name in group.merged if name in latest]
        after = diagnosed(_after(group, plan, (before, others), now_ms), rules)
        outcome.incidents[after.id] = after
        debts = [owe("changed", other.id, "merged", now_ms) for other in others]
        for other in others:
            outcome.incidents[other.id] = merged_into(other, after.id, now_ms)
            moved |= {name: after.id for name, at in moved.items() if at == other.id} | {other.id: after.id}
        _place(plan, group, after, still_open)
        reason = _reason(before, after, others)
        if reason:
            debts.append(owe("opened" if before is None else "changed", after.id, reason, now_ms))
        owed |= {one.id: one for one in debts}
    news = {"open": still_open, "owed": tuple(owed.values()), "calls": max(board.calls, rules.calls)}
    outcome.board = with_look(outcome.board.model_copy(update=news), now_ms)
    return outcome


def diagnosed(incident: Incident, rules: Rules) -> Incident:
    """The incident with its suspects, and the analysis by rules unless a better one is there."""
    ranked = incident.model_copy(update={"suspects": suspects(incident, rules.edges)})
    if ranked.analysis is not None and ranked.analysis.analyst != "rules":
        severity = worst([ranked.analysis.severity, ranked.severity])
        return ranked.model_copy(update={"analysis": ranked.analysis.model_copy(update={"severity": severity})})
    return ranked.model_copy(update={"analysis": analyse(ranked)})


def weighed(
    board: Board, incident: Incident, measurements: tuple[Measurement, ...], now_ms: int, rules: Rules
) -> Outcome:
    """The incident suspected anew by what stored metrics say; a new first suspect is told of."""
    after = diagnosed(incident.model_copy(update={"measurements": measurements, "changed_at": from_ms(now_ms)}), rules)
    if not after.suspects or _first(after) == _first(incident):
        return Outcome(board, {after.id: after})
    after = told(after, now_ms, "cause", f"By its metrics: {after.suspects[0].reason}"[:STORY])
    debts = (*board.owed, owe("changed", after.id, "cause", now_ms))
    return Outcome(board.model_copy(update={"owed": debts}), {after.id: after})


def _first(incident: Incident) -> tuple[str, str] | None:
    return (incident.suspects[0].subject, incident.suspects[0].kind) if incident.suspects else None


def merged_into(incident: Incident, other: str, now_ms: int) -> Incident:
    """The incident as part of another one."""
    ended = told(incident, now_ms, "merged", f"Merged into incident {other}")
    return ended.model_copy(update={"status": "merged", "merged_into": other, "resolved_at": from_ms(now_ms)})


def owe(kind: str, incident: str, reason: str, now_ms: int) -> Owed:
    """A debt, under an id of its own."""
    parts = (kind, incident) if kind == "opened" else (kind, incident, reason, str(now_ms))
    return Owed.model_validate(
        {
            "id": content_id(part.encode() for part in parts),
            "kind": kind,
            "incident": incident,
            "reason": reason,
            "at_ms": now_ms,
        }
    )


def with_look(board: Board, now_ms: int, after_ms: int = LOOK_EVERY_MS) -> Board:
    """The board with a look ahead of it while an incident is open, and a reminder owed for it if none was sent."""
    if not board.has_open:
        return board.model_copy(update={"look_ms": 0, "look_is_owed": False})
    if board.look_ms:
        return board
    return board.model_copy(update={"look_ms": now_ms + after_ms, "look_is_owed": True})


def _named_anew(group: Group, known: Mapping[str, Incident], now_ms: int) -> Group:
    """The group under another id, where an incident that is over had the same first sign: it keeps its story."""
    if not group.is_new or group.incident not in known:
        return group
    return replace(group, incident=content_id((group.incident.encode(), str(now_ms).encode()), size=8))


def _redirected(group: Group, moved: Mapping[str, str]) -> Group:
    """The group, where an incident of it has become part of another one in this very round."""
    target = moved.get(group.incident, group.incident)
    merged = dict.fromkeys(moved.get(name, name) for name in group.merged)
    return replace(group, incident=target, merged=tuple(name for name in merged if name != target))


def _after(group: Group, plan: Plan, before: tuple[Incident | None, list[Incident]], now_ms: int) -> Incident:
    incident, others = before
    if incident is None:
        return opened(group, plan, now_ms)
    return grown(joined(incident, others, now_ms) if others else incident, group, plan, now_ms)


def _place(plan: Plan, group: Group, after: Incident, still_open: dict[str, OpenIncident]) -> None:
    """Notes on the board where the conditions belong now; their signals are in the incident."""
    for name, one in plan.conditions.items():
        if name in group.members or one.incident in group.merged:
            plan.conditions[name] = one.model_copy(update={"incident": after.id, "signal": None})
    for other in group.merged:
        still_open.pop(other, None)
    known = still_open.get(after.id)
    deployments = tuple(sorted({*(known.deployments if known else ()), *group.deployments}))
    entry = known or OpenIncident(id=after.id, opened_ms=to_ms(after.opened_at))
    still_open[after.id] = entry.model_copy(update={"deployments": deployments})


def _reason(before: Incident | None, after: Incident, others: list[Incident]) -> str:
    """Why listeners should hear of it, in one word; empty if only counts have changed."""
    if before is None:
        return "opened"
    if others:
        return "merged"
    if before.severity != after.severity:
        return "rose"
    return "grew" if len(before.signals) != len(after.signals) or before.services != after.services else ""
