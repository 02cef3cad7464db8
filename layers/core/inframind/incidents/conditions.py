"""How signals become conditions: whatever the order in which they arrive, the same condition comes out."""

from collections.abc import Mapping

from inframind.incidents.board import SEEN, Condition, worst
from inframind.records import to_ms
from inframind.signals import Signal, SignalKind

FORGOTTEN_MS = 3_600_000  # an hour after the last word: twice the half hour for which a deployment is suspect
DAY_MS = 86_400_000
EXPIRES_MS: Mapping[SignalKind, int] = {
    "anomaly": DAY_MS,  # it says itself when it has cleared; unless its series has ended
    "alert": 3 * DAY_MS,  # Alertmanager says when it is over; unless that webhook was lost
    "risk": 900_000,
    "log_spike": 900_000,
    "new_error_template": 900_000,
    "deployment": 0,  # no condition
}


def is_remembered(one: Condition, now_ms: int) -> bool:
    """Whether a condition of no open incident is still of use.

    Where somebody ended an incident whose signals go on, they are told of again for as long as they do (Alertmanager
    repeats them every few hours), and open nothing.
    """
    kept_ms = max(FORGOTTEN_MS, EXPIRES_MS[one.kind]) if one.is_closed and not one.is_over else FORGOTTEN_MS
    return now_ms - one.received_ms < kept_ms


def observed(known: Condition | None, signal: Signal, now_ms: int) -> Condition:
    """The condition after a signal; the very same object if the signal says nothing new.

    A closed condition stays closed, unless it fires anew after its last sign: then it begins again.
    """
    mark, at_ms = signal.id[:12], to_ms(signal.observed_at)
    if known is None:
        known = _begun(signal, now_ms, ())
    elif mark in known.seen:
        return known
    elif known.is_closed:
        if signal.status == "resolved" or at_ms <= max(known.last_ms or 0, known.ended_ms or 0):
            return known
        known = _begun(signal, now_ms, known.seen)
    news: dict[str, object] = {"seen": (*known.seen, mark)[-SEEN:], "received_ms": now_ms}
    news |= _ended(known, at_ms) if signal.status == "resolved" else _fired(known, signal, at_ms)
    return known.model_copy(update=news)


def folded(known: Condition, signal: Signal, now_ms: int) -> Condition:
    """The condition with a signal of another one counted to it, for which there is no room."""
    if signal.status == "resolved":
        return known
    at_ms = to_ms(signal.observed_at)
    return known.model_copy(update=_fired(known, signal, at_ms) | {"signal": known.signal, "received_ms": now_ms})


def may_follow(sign_ms: int, deployed_ms: int) -> bool:
    """Whether what was deployed may show in a sign: the sign is of the same second, or later.

    Many senders cut their times to whole seconds, so within one the order says nothing.

    >>> may_follow(10_000, 10_900), may_follow(9_999, 10_000)
    (True, False)
    """
    return sign_ms // 1000 >= deployed_ms // 1000


def _begun(signal: Signal, now_ms: int, seen: tuple[str, ...]) -> Condition:
    return Condition(
        fingerprint=signal.fingerprint,
        service=signal.service,
        kind=signal.kind,
        severity=signal.severity,
        received_ms=now_ms,
        seen=seen,
    )


def _ended(known: Condition, at_ms: int) -> dict[str, object]:
    return {"ended_ms": max(at_ms, known.ended_ms or at_ms)}


def _fired(known: Condition, signal: Signal, at_ms: int) -> dict[str, object]:
    is_first = known.first_ms is None or at_ms < known.first_ms
    is_last = known.last_ms is None or at_ms >= known.last_ms
    return {
        "first_ms": at_ms if known.first_ms is None else min(known.first_ms, at_ms),
        "last_ms": at_ms if known.last_ms is None else max(known.last_ms, at_ms),
        "severity": worst([known.severity, signal.severity]),
        "count": known.count + 1,
        "anomaly": signal.evidence.get("anomaly_id", known.anomaly) if is_last else known.anomaly,
        "signal": signal if is_first and known.incident is None else known.signal,
    }
