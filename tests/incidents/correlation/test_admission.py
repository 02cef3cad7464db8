"""How many incidents one sender may open in an hour."""

from inframind.incidents.board import Board, Condition, Opened
from inframind.incidents.correlation import admission
from inframind.incidents.correlation.admission import MOST_OPENED, SENDERS, admitted, counted
from inframind.signals import Signal
from tests.contracts.signals import signal
from tests.incidents.board import NOW_MS, World

HOUR = 3_600_000


def alert(name: str, sender: str = "k1") -> Signal:
    """Of a service of that name."""
    return signal(f"{sender} {name}", service=name, kind="alert", evidence={"sender": sender})


def condition(of: Signal) -> Condition:
    told = {"fingerprint": of.fingerprint, "service": of.service, "kind": of.kind, "severity": of.severity}
    return Condition.model_validate(told | {"received_ms": NOW_MS, "signal": of})


def board(count: int, *known: Signal) -> Board:
    """One on which the sender has opened so many incidents."""
    conditions = {one.fingerprint: condition(one) for one in known}
    return Board(conditions=conditions, senders={"k1": Opened(since_ms=NOW_MS, count=count)})


def test_a_fleet_of_thousands_is_taken_in_as_it_is() -> None:
    many = [alert(f"s{n}") for n in range(50)]
    assert admitted(board(MOST_OPENED - 1), many, set(), NOW_MS) == (many, 0)


def test_who_has_opened_all_that_it_may_is_told_of_further_services_as_of_one() -> None:
    found, moved = admitted(board(MOST_OPENED), [alert("a"), alert("b")], set(), NOW_MS + HOUR - 1)
    assert [one.service for one in found] == ["further services of k1"] * 2
    assert (moved, found[0].evidence) == (2, {"sender": "k1", "service": "a"})
    others = [alert("a", "k2"), signal("latency", service="web"), signal("v1", service="x", kind="deployment")]
    assert admitted(board(MOST_OPENED), others, set(), NOW_MS) == (others, 0)
    assert admitted(board(MOST_OPENED), [alert("a")], set(), NOW_MS + HOUR) == ([alert("a")], 0)


def test_what_is_known_stays_with_its_service_and_what_ends_is_where_it_began() -> None:
    standing, cold, ended = alert("standing"), alert("cold"), alert("ended").model_copy(update={"status": "resolved"})
    signals = [standing, cold, ended]
    assert admitted(board(MOST_OPENED, standing), signals, {"cold"}, NOW_MS) == (signals, 0)


def test_each_incident_is_counted_once_to_who_opened_it() -> None:
    world = World()
    for _ in range(2):
        world.take(
            alert("a"), alert("b"), alert("c", "k2"), signal("latency"), signal("errors"), signal("lone", service="x")
        )
    assert {name: one.count for name, one in world.board.senders.items()} == {"k1": 2, "k2": 1, "metrics": 1}


def test_the_count_begins_anew_after_an_hour_and_of_many_senders_the_latest_are_remembered() -> None:
    senders = counted({}, [condition(alert("a"))] * 3, NOW_MS)
    assert counted(senders, [condition(alert("b"))], NOW_MS + HOUR)["k1"] == Opened(since_ms=NOW_MS + HOUR, count=1)
    for n in range(SENDERS):
        senders = counted(senders, [condition(alert("a", f"other {n}"))], NOW_MS + 1 + n)
    assert (len(senders), "k1" in senders) == (SENDERS, False)
    kept = Board(senders=senders)
    assert Board.from_bytes(kept.to_bytes()) == kept


def test_what_tells_no_sender_is_counted_to_its_source() -> None:
    assert admission.further(signal("latency")) == "further services of metrics"
    assert admission.further(signal("spike", kind="log_spike")) == "further services of logs"
