"""How many services one sender may bring: whoever makes names up opens no incident for each of them.

What a sender tells of further services within the hour is taken for that of one service, named after the sender. Like
any other, it has room for 40 conditions, and what is beyond is counted to these.
"""

from collections.abc import Collection, Sequence

from inframind.incidents.board import Board, NewServices
from inframind.signals import Signal, SignalKind

NEW_SERVICES = 5_000  # of a sender in an hour: a fleet of thousands, all of it in trouble at once
WINDOW_MS = 3_600_000
SENDERS = 64
SOURCES: dict[SignalKind, str] = {"alert": "alerts", "log_spike": "logs", "new_error_template": "logs"}


def admitted(
    board: Board, signals: Sequence[Signal], elsewhere: Collection[str], now_ms: int
) -> tuple[Board, list[Signal], int]:
    """The board that has counted the new services; the signals, those beyond the limit moved; how many were.

    What is on the board or `elsewhere` (services in cold shards) is not new. What has ended stays where it began, and a
    deployment opens nothing.
    """
    senders, found, moved = dict(board.senders), list[Signal](), 0
    known = {one.service for one in board.conditions.values()} | set(elsewhere)
    for signal in signals:
        is_new = signal.service not in known and signal.fingerprint not in board.conditions
        if not is_new or signal.kind == "deployment" or signal.status == "resolved":
            found.append(signal)
            continue
        name = _sender(signal)
        counted = _counted(senders.get(name), now_ms)
        if counted.count < NEW_SERVICES:
            senders[name] = counted.model_copy(update={"count": counted.count + 1})
            known.add(signal.service)
            found.append(signal)
        else:
            moved += 1
            found.append(_moved(signal))
    latest = sorted(senders.items(), key=lambda item: (-item[1].since_ms, item[0]))[:SENDERS]
    return board.model_copy(update={"senders": dict(latest)}), found, moved


def further(signal: Signal) -> str:
    """The one service that stands for those beyond the limit of the signal's sender."""
    return f"further services of {_sender(signal)}"


def _sender(signal: Signal) -> str:
    """The access key it came with; of what was found in here the source."""
    told = signal.evidence.get("sender")
    return told if isinstance(told, str) and told else SOURCES.get(signal.kind, "metrics")


def _counted(known: NewServices | None, now_ms: int) -> NewServices:
    return known if known and now_ms - known.since_ms < WINDOW_MS else NewServices(since_ms=now_ms)


def _moved(signal: Signal) -> Signal:
    told = {"service": further(signal), "evidence": signal.evidence | {"service": signal.service}}
    return signal.model_copy(update=told)
