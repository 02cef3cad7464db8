"""How many services one sender may bring in an hour."""

from inframind.incidents.board import Board, Condition
from inframind.incidents.correlation.admission import NEW_SERVICES, SENDERS, admitted
from inframind.signals import Signal
from tests.contracts.signals import signal
from tests.incidents.board import NOW_MS

HOUR = 3_600_000


def alerts(count: int, sender: str = "k1", first: int = 0) -> list[Signal]:
    """Of as many services."""
    names = range(first, first + count)
    return [signal(f"{sender}-{n}", service=f"{sender}-{n}", kind="alert", evidence={"sender": sender}) for n in names]


def condition(service: str) -> Condition:
    return Condition(fingerprint=service, service=service, kind="alert", severity="high", received_ms=NOW_MS)


def test_a_fleet_of_thousands_is_taken_in_as_it_is() -> None:
    many = alerts(NEW_SERVICES)
    assert admitted(Board(), many, set(), NOW_MS)[1] == many


def test_services_beyond_what_a_sender_may_bring_in_an_hour_are_one_service() -> None:
    board, _, _ = admitted(Board(), alerts(NEW_SERVICES), set(), NOW_MS)
    board, found, moved = admitted(board, alerts(3, first=NEW_SERVICES), set(), NOW_MS + HOUR - 1)
    assert {one.service for one in found} == {"further services of k1"}
    assert (moved, found[0].evidence["service"]) == (3, f"k1-{NEW_SERVICES}")
    others = [*alerts(1, "k2"), signal("latency", service="web"), signal("v1", service="x", kind="deployment")]
    assert admitted(board, others, set(), NOW_MS)[1:] == (others, 0)
    later = alerts(3, first=NEW_SERVICES)
    assert admitted(board, later, set(), NOW_MS + HOUR)[1:] == (later, 0)


def test_what_is_known_is_not_new_and_what_ends_is_where_it_began() -> None:
    board, _, _ = admitted(Board(), alerts(NEW_SERVICES), set(), NOW_MS)
    standing, cold, ended = alerts(3, first=NEW_SERVICES)
    board = board.model_copy(update={"conditions": {standing.fingerprint: condition(standing.service)}})
    signals = [standing, cold, ended.model_copy(update={"status": "resolved"})]
    assert admitted(board, signals, {cold.service}, NOW_MS)[1:] == (signals, 0)


def test_signals_without_a_sender_are_those_of_one_source() -> None:
    many = [signal(f"{n}", service=f"s{n}") for n in range(NEW_SERVICES + 1)]
    assert admitted(Board(), many, set(), NOW_MS)[1][-1].service == "further services of metrics"


def test_of_many_senders_the_latest_are_remembered() -> None:
    board = Board()
    for n in range(SENDERS + 5):
        board, _, _ = admitted(board, alerts(1, f"k{n}"), set(), NOW_MS + n)
    assert (len(board.senders), "k0" in board.senders, f"k{SENDERS + 4}" in board.senders) == (SENDERS, False, True)
    assert Board.from_bytes(board.to_bytes()) == board
