"""How many incidents one sender may open: whoever makes names of services up opens no incident for each of them.

Once a sender has opened so many within the hour, what it tells of services that nobody knows is taken for that of one
service, named after the sender. Like any other, it has room for 40 conditions; what is beyond is counted to these.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from inframind.incidents.board import Board, Condition, Opened
from inframind.signals import Signal, SignalKind

MOST_OPENED = 5_000  # by a sender in an hour: a fleet of thousands, all of it in trouble at once
WINDOW_MS = 3_600_000
SENDERS = 64
SOURCES: dict[SignalKind, str] = {"alert": "alerts", "log_spike": "logs", "new_error_template": "logs"}


def admitted(
    board: Board, signals: Sequence[Signal], elsewhere: Collection[str], now_ms: int
) -> tuple[list[Signal], int]:
    """The signals, those beyond the limit moved to the one service of their sender; and how many were.

    What concerns a service on the board or `elsewhere` (in cold shards) stays with it. What has ended stays where it
    began, and a deployment opens nothing.
    """
    full = {name for name, one in board.senders.items() if _current(one, now_ms).count >= MOST_OPENED}
    known = {one.service for one in board.conditions.values()} | set(elsewhere) if full else set()
    found = [_moved(one) if _sender(one) in full and _is_new(one, board, known) else one for one in signals]
    return found, sum(one is not other for one, other in zip(found, signals, strict=True))


def counted(senders: Mapping[str, Opened], first: Iterable[Condition], now_ms: int) -> dict[str, Opened]:
    """The senders with the incidents that were opened now, of each the `first` condition; the latest so many."""
    found = dict(senders)
    for one in first:
        name = _sender(one.signal) if one.signal else SOURCES.get(one.kind, "metrics")
        known = _current(found.get(name), now_ms)
        found[name] = known.model_copy(update={"count": known.count + 1})
    return dict(sorted(found.items(), key=lambda item: (-item[1].since_ms, item[0]))[:SENDERS])


def further(signal: Signal) -> str:
    """The one service that stands for those beyond the limit of the signal's sender."""
    return f"further services of {_sender(signal)}"


def _is_new(signal: Signal, board: Board, known: Collection[str]) -> bool:
    if signal.kind == "deployment" or signal.status == "resolved":
        return False
    return signal.service not in known and signal.fingerprint not in board.conditions


def _sender(signal: Signal) -> str:
    """The access key it came with; of what was found in here the source."""
    told = signal.evidence.get("sender")
    return told if isinstance(told, str) and told else SOURCES.get(signal.kind, "metrics")


def _current(known: Opened | None, now_ms: int) -> Opened:
    return known if known and now_ms - known.since_ms < WINDOW_MS else Opened(since_ms=now_ms)


def _moved(signal: Signal) -> Signal:
    told = {"service": further(signal), "evidence": signal.evidence | {"service": signal.service}}
    return signal.model_copy(update=told)
