"""The look at open incidents, once a minute while there are any: what has cleared, expired, or is over."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from inframind.incidents.board import Board, Condition
from inframind.incidents.conditions import EXPIRES_MS
from inframind.incidents.lifecycle import reopened, resolved
from inframind.incidents.outcome import LOOK_EVERY_MS, Outcome, owe, with_look
from inframind.incidents.rules import Rules
from inframind.signals import Incident

AT_ONCE = 25  # incidents in one write; for the others there is another look at once
ASKED_MS, ASKED_AGAIN = 1_200_000, 10  # so long after its first sign, and in one look so many incidents
EARLY_MS = 2_000  # clocks differ: a reminder that comes so much too soon is on time


@dataclass(frozen=True, slots=True)
class Findings:
    """What a look finds: the conditions as they are now, and the incidents it changes."""

    conditions: Mapping[str, Condition]
    resolved: tuple[str, ...]
    unacknowledged: tuple[str, ...]


def is_due(board: Board, now_ms: int) -> bool:
    """Whether it is time to look."""
    return board.has_open and now_ms >= board.look_ms - EARLY_MS


def asked_again(board: Board, now_ms: int) -> list[str]:
    """The young incidents whose metrics are asked once more: rows that were not there yet may tell more.

    A few in each look; where there are more, all have their turn.
    """
    young = sorted(name for name, one in board.open.items() if now_ms - one.opened_ms < ASKED_MS)
    start = now_ms // LOOK_EVERY_MS * ASKED_AGAIN % max(1, len(young))
    return (young[start:] + young[:start])[:ASKED_AGAIN]


def firing_anomalies(board: Board) -> list[str]:
    """Ids of the anomalies that open incidents wait for."""
    waiting = [one for one in board.conditions.values() if one.incident in board.open and not one.is_over]
    return sorted({one.anomaly for one in waiting if one.anomaly})


def look(board: Board, cleared: Mapping[str, int], now_ms: int, rules: Rules) -> Findings:
    """What has changed by itself; `cleared` says of anomalies when they did, in milliseconds."""
    conditions = {
        name: _aged(one, cleared, now_ms) if one.incident in board.open and not one.is_over else one
        for name, one in board.conditions.items()
    }
    waiting = {
        one.incident for one in conditions.values() if not one.is_closed and not _has_cleared(one, now_ms, rules)
    }
    resolved = [name for name in board.open if name not in waiting][:AT_ONCE]
    expired = [
        name
        for name, one in board.open.items()
        if name not in resolved and one.acknowledged_until_ms is not None and one.acknowledged_until_ms <= now_ms
    ]
    return Findings(conditions, tuple(resolved), tuple(expired[: AT_ONCE - len(resolved)]))


def looked(board: Board, found: Findings, known: Mapping[str, Incident], now_ms: int) -> Outcome:
    """The outcome of a look; `known` holds the incidents that it changes, but for those past their retention."""
    incidents, owed = {}, list(board.owed)
    still_open = {name: one for name, one in board.open.items() if name not in found.resolved}
    for name in (one for one in found.resolved if one in known):
        incidents[name] = resolved(known[name], now_ms, "All signals have cleared")
        owed.append(owe("resolved", name, "cleared", now_ms))
    for name in found.unacknowledged:
        still_open[name] = still_open[name].model_copy(update={"acknowledged_until_ms": None})
        if name not in known:
            continue
        incidents[name] = reopened(known[name], now_ms)
        owed.append(owe("changed", name, "unacknowledged", now_ms))
    conditions = closed(found.conditions, found.resolved)
    news = {"conditions": conditions, "open": still_open, "owed": tuple(owed), "look_ms": 0, "look_is_owed": False}
    is_more_left = len(found.resolved) + len(found.unacknowledged) >= AT_ONCE
    return Outcome(with_look(board.model_copy(update=news), now_ms, 0 if is_more_left else LOOK_EVERY_MS), incidents)


def closed(conditions: Mapping[str, Condition], incidents: Sequence[str]) -> dict[str, Condition]:
    """The conditions, closed where their incident is over: what was told of them already opens nothing again."""
    return {
        name: one.model_copy(update={"is_closed": True}) if one.incident in incidents else one
        for name, one in conditions.items()
    }


def _aged(one: Condition, cleared: Mapping[str, int], now_ms: int) -> Condition:
    last = one.last_ms or 0
    if one.anomaly and one.anomaly in cleared:
        return one.model_copy(update={"ended_ms": max(cleared[one.anomaly], last), "received_ms": now_ms})
    if now_ms - one.received_ms > EXPIRES_MS[one.kind]:
        return one.model_copy(update={"ended_ms": last})
    return one


def _has_cleared(one: Condition, now_ms: int, rules: Rules) -> bool:
    """Whether it has cleared, and stayed so for the time that flapping is given."""
    return one.is_over and now_ms - one.received_ms >= rules.hold_s * 1000
