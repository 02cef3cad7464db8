"""Signals into incidents: what belongs together is one incident, once there is enough of it.

Everything is worked out from the whole board, so the order of arrival and the size of the batches do not matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from inframind.identity import content_id
from inframind.incidents.board import HEARD, Board, Condition, OpenIncident
from inframind.incidents.conditions import FORGOTTEN_MS, folded, is_remembered, may_follow, observed
from inframind.incidents.correlation.fairness import given_up
from inframind.incidents.correlation.grouping import Span, groups
from inframind.incidents.rules import Rules
from inframind.records import to_ms
from inframind.signals import Signal

OF_A_SERVICE = 40  # conditions of one service; what comes beyond is counted to the nearest of them
DEPLOYMENTS = 200


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions that are one incident, those of an incident that exists first; the deployments before them."""

    incident: str
    is_new: bool
    members: frozenset[str]
    merged: tuple[str, ...]
    deployments: tuple[str, ...]


@dataclass(slots=True)
class Plan:
    """The board with the signals taken in, and the groups in which something has changed."""

    conditions: dict[str, Condition]
    deployments: dict[str, Signal]
    groups: list[Group] = field(default_factory=list)
    changed: set[str] = field(default_factory=set)
    folded: int = 0  # signals counted to another condition of their service, which has all that it may

    @property
    def incidents(self) -> set[str]:
        """The ids of the incidents that the groups name; of a new one, in case there was one of that id before."""
        return {name for group in self.groups for name in (group.incident, *group.merged)}


def correlate(board: Board, signals: Sequence[Signal], now_ms: int, rules: Rules) -> Plan:
    """What the board and the incidents become by these signals; nothing is changed yet."""
    plan = Plan(_remembered(board, now_ms), _recent(board, now_ms))
    load: dict[str, list[str]] = {}
    for known in plan.conditions.values():
        if not known.is_closed:
            load.setdefault(known.service, []).append(known.fingerprint)
    for signal in signals:
        _take(plan, signal, now_ms, load)
    spans = {
        name: Span(one.service, one.first_ms, one.last_ms)
        for name, one in plan.conditions.items()
        if one.first_ms is not None and one.last_ms is not None and not one.is_closed
    }
    for members in groups(spans, sorted(rules.edges), rules.window_s * 1000):
        group = _group(plan, board.open, members, rules)
        if group:
            plan.groups.append(group)
    return plan


def within(plan: Plan, most: int) -> bool:
    """Cuts the groups to what writes no more than so many incidents; whether anything is left to another round.

    One thing may concern hundreds: a deployment of what all of them call, or the call itself.
    """
    kept: list[Group] = []
    room = most
    for group in plan.groups:
        if room > 0:
            kept.append(_cut(plan, group, room - 1))
            room -= 1 + len(kept[-1].merged)
    planned, plan.groups = plan.groups, kept
    return kept != planned


def heard(board: Board, messages: Sequence[str]) -> tuple[str, ...]:
    """The board's memory of messages with these as the latest."""
    return (*(one for one in board.heard if one not in messages), *messages)[-HEARD:]


def _cut(plan: Plan, group: Group, most: int) -> Group:
    """The group with so many of the incidents that it takes in, at most; the others stay what they are."""
    left = group.merged[most:]
    members = frozenset(name for name in group.members if plan.conditions[name].incident not in left)
    return replace(group, members=members, merged=group.merged[:most]) if left else group


def _remembered(board: Board, now_ms: int) -> dict[str, Condition]:
    """Conditions of open incidents, and those that are still of use."""
    return {
        name: one for name, one in board.conditions.items() if one.incident in board.open or is_remembered(one, now_ms)
    }


def _recent(board: Board, now_ms: int) -> dict[str, Signal]:
    kept = {name: one for name, one in board.deployments.items() if now_ms - _received_ms(one) < FORGOTTEN_MS}
    excess = given_up(list(kept.values()), lambda one: one.service)[: max(0, len(kept) - DEPLOYMENTS)]
    return {name: one for name, one in kept.items() if one not in excess} if excess else kept


def _received_ms(deployment: Signal) -> int:
    return int(deployment.evidence.get("received_ms", 0))


def _take(plan: Plan, signal: Signal, now_ms: int, load: dict[str, list[str]]) -> None:
    name = signal.fingerprint
    if signal.kind == "deployment":
        if name not in plan.deployments or plan.deployments[name].id != signal.id:
            noted = signal.model_copy(update={"evidence": signal.evidence | {"received_ms": now_ms}})
            plan.deployments[name] = noted
            plan.changed.add(name)
        return
    known = plan.conditions.get(name)
    own = load.setdefault(signal.service, [])
    if known is None and len(own) >= OF_A_SERVICE:
        nearest = min(own, key=lambda other: (_distance(plan.conditions[other], signal), other))
        plan.conditions[nearest] = folded(plan.conditions[nearest], signal, now_ms)
        plan.changed.add(nearest)
        plan.folded += 1
        return
    now_known = observed(known, signal, now_ms)
    if now_known is not known:
        plan.conditions[name] = now_known
        plan.changed.add(name)
        if known is None or known.is_closed:
            own.append(name)


def _distance(known: Condition, signal: Signal) -> int:
    return abs((known.last_ms or 0) - to_ms(signal.observed_at))


def _group(plan: Plan, open_ones: Mapping[str, OpenIncident], members: frozenset[str], rules: Rules) -> Group | None:
    """The group as an incident that is to be opened or changed; None if it is neither."""
    conditions = [plan.conditions[name] for name in members]
    deployments = _deployments(plan, conditions, rules)
    standing = {one.incident for one in conditions if one.incident in open_ones}
    held = sorted((open_ones[name] for name in standing if name), key=lambda one: (one.opened_ms, one.id))
    if held:
        first, merged = held[0], tuple(one.id for one in held[1:])
        is_changed = bool(members & plan.changed) or any(one.incident is None for one in conditions) or bool(merged)
        is_changed |= not set(deployments) <= set(first.deployments) or bool(set(deployments) & plan.changed)
        return Group(first.id, False, members, merged, deployments) if is_changed else None
    if not _is_enough(plan, conditions, deployments, rules):
        return None
    earliest = min(conditions, key=lambda one: (one.first_ms or 0, one.fingerprint))
    parts = ("incident", earliest.fingerprint, str(earliest.first_ms))
    return Group(content_id((part.encode() for part in parts), size=8), True, members, (), deployments)


def _deployments(plan: Plan, conditions: Sequence[Condition], rules: Rules) -> tuple[str, ...]:
    """The deployments of these services and of those beside them, from half an hour before the first sign on."""
    beside = rules.near(frozenset(one.service for one in conditions))
    since = min(one.first_ms or 0 for one in conditions) - rules.deployment_s * 1000
    until = max(one.last_ms or 0 for one in conditions)
    found = [one for one in plan.deployments.values() if one.service in beside]
    near = [one for one in found if since <= to_ms(one.observed_at) and may_follow(until, to_ms(one.observed_at))]
    return tuple(sorted(one.fingerprint for one in near))


def _is_enough(plan: Plan, conditions: Sequence[Condition], deployments: Sequence[str], rules: Rules) -> bool:
    """The rule of when signals are an incident. A risk counts from high on: below, it echoes the anomaly behind it."""
    counted = [one for one in conditions if one.kind != "risk" or one.severity in ("high", "critical")]
    kinds = [one.kind for one in counted]
    if len(counted) >= rules.least_signals or "log_spike" in kinds:
        return True
    if rules.least_alerts and kinds.count("alert") >= rules.least_alerts:
        return True
    return any(_is_just_before(plan.deployments[name], one, rules) for name in deployments for one in counted)


def _is_just_before(deployment: Signal, condition: Condition, rules: Rules) -> bool:
    sign_ms, deployed_ms = condition.last_ms or 0, to_ms(deployment.observed_at)
    return may_follow(sign_ms, deployed_ms) and sign_ms - deployed_ms <= rules.deployment_s * 1000
