"""A plan put into effect: incidents opened, grown and merged, the facts owed of them, and the board after it."""

from collections.abc import Mapping
from dataclasses import replace

from inframind.identity import content_id
from inframind.incidents.board import Board, Condition, OpenIncident
from inframind.incidents.correlation.admission import counted
from inframind.incidents.correlation.growth import grown, opened
from inframind.incidents.correlation.planning import Group, Plan
from inframind.incidents.diagnosis import diagnosed
from inframind.incidents.lifecycle import joined, merged_into
from inframind.incidents.outcome import Outcome, owe, with_look
from inframind.incidents.rules import Rules
from inframind.records import to_ms
from inframind.signals import Incident


def applied(board: Board, plan: Plan, known: Mapping[str, Incident], now_ms: int, rules: Rules) -> Outcome:
    """What becomes of the board and of incidents; `known` holds those the plan names."""
    taken = board.model_copy(update={"conditions": plan.conditions, "deployments": plan.deployments})
    outcome = Outcome(taken, folded=plan.folded)
    still_open, owed = dict(board.open), {one.id: one for one in board.owed}
    moved: dict[str, str] = {}
    first: list[Condition] = []
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
        if before is None:
            first.append(min((plan.conditions[name] for name in group.members), key=lambda one: one.first_ms or 0))
        _place(plan, group, after, still_open)
        reason = _reason(before, after, others)
        if reason:
            debts.append(owe("opened" if before is None else "changed", after.id, reason, now_ms))
        owed |= {one.id: one for one in debts}
    news: dict[str, object] = {"open": still_open, "owed": tuple(owed.values()), "calls": max(board.calls, rules.calls)}
    news["senders"] = counted(board.senders, first, now_ms)
    outcome.board = with_look(outcome.board.model_copy(update=news), now_ms)
    return outcome


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
