"""What becomes one incident, and what does not."""

import random
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inframind.incidents.correlation.load_shedding import BYTES, CONDITIONS
from inframind.incidents.correlation.planning import OF_A_SERVICE
from inframind.incidents.rules import Rules
from inframind.signals import Signal
from tests.contracts.signals import signal
from tests.effort import effort
from tests.incidents.board import World, in_batches

CALLS = frozenset({("web", "auth"), ("auth", "db")})


def deployment(minute: float, service: str = "auth-api") -> Signal:
    return signal(
        f"v2 at {minute}", minute=minute, service=service, kind="deployment", severity="low", evidence={"version": "v2"}
    )


def test_one_signal_alone_is_no_incident() -> None:
    assert World().take(signal("latency")).incidents == {}


def test_two_signals_of_a_service_are_one_incident_as_severe_as_the_worst() -> None:
    world = World().take(signal("latency", severity="critical"), signal("errors", minute=3))
    (incident,) = world.standing()
    assert (incident.severity, incident.services, incident.signal_count) == ("critical", ("auth-api",), 2)
    assert [line.signal_id for line in incident.timeline] == [one.id for one in incident.signals]
    assert world.facts() == [("opened", "opened")]


def test_the_minimum_is_configurable() -> None:
    three = Rules(least_signals=3)
    assert World(three).take(signal("a"), signal("b")).incidents == {}
    assert len(World(three).take(signal("a"), signal("b"), signal("c")).incidents) == 1


def test_an_error_spike_is_an_incident_by_itself() -> None:
    assert len(World().take(signal("errors", kind="log_spike")).incidents) == 1


def test_an_alert_is_an_incident_by_itself_unless_configured_otherwise() -> None:
    assert len(World().take(signal("alert", kind="alert")).incidents) == 1
    assert World(Rules(least_alerts=0)).take(signal("alert", kind="alert")).incidents == {}


@pytest.mark.parametrize(("minute", "opens"), [(-31, False), (-30, True), (-8, True), (1, False)])
def test_a_deployment_of_the_last_half_hour_beside_one_signal_is_an_incident(minute: float, opens: bool) -> None:
    world = World().take(deployment(minute), signal("latency"))
    assert bool(world.incidents) is opens


@given(st.permutations([signal("latency"), deployment(0.999 / 60), signal("errors", minute=2)]), st.integers(1, 3))
def test_a_deployment_in_the_second_of_a_sign_is_before_it_in_whatever_order_they_come(
    drawn: list[Signal], size: int
) -> None:
    lone = World(Rules(least_signals=9))
    (incident,) = in_batches(lone, [one for one in drawn if one.fingerprint != "errors"], size).standing()
    assert incident.suspects[0].kind == "deployment"
    (incident,) = in_batches(World(), drawn, size).standing()
    assert [one.kind for one in incident.signals].count("deployment") == 1
    assert incident.suspects[0].kind == "deployment"


def test_a_deployment_of_another_service_opens_nothing() -> None:
    assert World().take(deployment(-5, "elsewhere"), signal("latency")).incidents == {}


def test_deployments_alone_are_no_incident() -> None:
    assert World().take(*(deployment(minute) for minute in range(5))).incidents == {}


def test_a_deployment_told_of_late_opens_the_incident_and_one_of_an_open_incident_joins_its_story() -> None:
    world = World().take(signal("latency")).take(deployment(-8))
    (incident,) = world.standing()
    world.take(deployment(-3))
    (after,) = world.standing()
    assert [line.kind for line in incident.timeline] == ["deployment", "anomaly"]
    assert [line.kind for line in after.timeline] == ["deployment", "deployment", "anomaly"]
    assert world.facts() == [("opened", "opened"), ("changed", "grew")]


def test_a_risk_below_high_is_the_echo_of_an_anomaly_and_does_not_count() -> None:
    assert World().take(signal("latency"), signal("risk", kind="risk")).incidents == {}
    assert len(World().take(signal("latency"), signal("risk", kind="risk", severity="high")).incidents) == 1


def test_a_risk_below_high_is_listed_and_counted_once_the_incident_is_open() -> None:
    world = World().take(signal("latency"), signal("errors"), signal("risk", kind="risk", severity="medium"))
    (found,) = world.incidents.values()
    assert (found.signal_count, sorted(one.kind for one in found.signals)) == (3, ["anomaly", "anomaly", "risk"])


def test_signals_of_services_that_call_each_other_are_one_incident() -> None:
    signs = [signal(name, service=name, minute=minute) for minute, name in enumerate(("db", "auth", "web"))]
    assert World().take(*signs).incidents == {}
    (incident,) = World(Rules(edges=CALLS)).take(*signs).standing()
    assert incident.services == ("auth", "db", "web")


def test_a_window_without_signs_parts_two_incidents() -> None:
    early, late = [signal("a"), signal("b")], [signal("c", minute=16), signal("d", minute=16)]
    assert len(World().take(*early, *late).standing()) == 2


def test_a_signal_between_two_incidents_makes_them_one_and_the_older_stays() -> None:
    world = World().take(signal("a"), signal("b"), signal("c", minute=20), signal("d", minute=20))
    old, new = world.standing()
    world.take(signal("between", minute=10))
    (incident,) = world.standing()
    assert incident.id == old.id
    assert incident.signal_count == 5
    assert world.incidents[new.id].merged_into == old.id
    assert world.facts()[-2:] == [("changed", "merged"), ("changed", "merged")]


def test_incidents_that_meet_in_a_chain_become_one() -> None:
    pairs = [signal(f"{name}{minute}", minute=minute) for minute in (0, 20, 40, 60) for name in "ab"]
    world = World().take(*pairs)
    assert len(world.standing()) == 4
    world.take(signal("x", minute=50), signal("y", minute=10)).take(signal("z", minute=30))
    (incident,) = world.standing()
    assert incident.signal_count == 11
    assert world.grouping() == {frozenset(world.board.conditions)}
    assert set(world.board.open) == {incident.id}


def test_a_condition_that_flaps_is_one_signal() -> None:
    flaps = [
        one
        for minute in range(10)
        for one in (signal("latency", minute=minute), signal("latency", minute=minute + 0.5, status="resolved"))
    ]
    assert World().take(*flaps).incidents == {}
    (incident,) = World().take(*flaps, signal("errors")).standing()
    assert (len(incident.signals), incident.signal_count) == (2, 11)


def test_a_signal_told_of_again_changes_nothing() -> None:
    world = World().take(signal("a"), signal("b"))
    before = world.board
    assert world.take(signal("a"), signal("b")).board == before


signals = st.builds(
    signal,
    st.sampled_from("abcdefgh"),
    minute=st.integers(0, 60),
    service=st.just("x"),
    status=st.sampled_from(["firing", "firing", "resolved"]),
    kind=st.sampled_from(["anomaly", "alert", "log_spike"]),
)


def _at_home(one: Signal) -> Signal:
    """A condition belongs to one service and is of one kind, whatever was drawn."""
    place = "abcdefgh".index(one.fingerprint)
    home, kind = ("web", "auth", "db", "far")[place % 4], ("anomaly", "anomaly", "alert", "log_spike")[place // 2]
    return one.model_copy(update={"service": home, "kind": kind})


@settings(max_examples=60, deadline=None)
@given(st.lists(signals.map(_at_home), max_size=24), st.randoms(use_true_random=False), st.integers(1, 24))
def test_the_order_of_arrival_does_not_change_the_grouping(
    drawn: list[Signal], chance: random.Random, size: int
) -> None:
    rules = Rules(edges=CALLS)
    shuffled = list(drawn)
    chance.shuffle(shuffled)
    at_once = World(rules).take(*drawn)
    assert in_batches(World(rules), shuffled, size).grouping() == at_once.grouping()


@settings(max_examples=60, deadline=None)
@given(st.lists(signals.map(_at_home), max_size=24), st.randoms(use_true_random=False), st.data())
def test_when_a_call_is_learnt_does_not_change_the_grouping(
    drawn: list[Signal], chance: random.Random, data: st.DataObject
) -> None:
    shuffled = list(drawn)
    chance.shuffle(shuffled)
    moments = {data.draw(st.integers(0, len(drawn))): edge for edge in sorted(CALLS)}
    world = World(Rules())
    for place, one in enumerate([*shuffled, None]):
        if place in moments:
            known = world.rules.edges | {edge for at, edge in moments.items() if at <= place}
            world.rules = Rules(edges=known, calls=world.rules.calls + 1)
            world.take()
        world.take(*([one] if one else []))
    at_once = World(Rules(edges=frozenset(moments.values()))).take(*drawn)
    assert world.grouping() == at_once.grouping()
    assert world.board.calls == world.rules.calls


def test_a_storm_becomes_few_incidents_quickly_and_small() -> None:
    storm = [
        signal(f"condition {number}", service=f"service-{number % 20}", minute=number / 10_000, kind="alert")
        for number in range(10_000)
    ]
    random.Random(7).shuffle(storm)
    world = World()
    assert effort(lambda: in_batches(world, storm, 500)) < 20_000  # about 2,000
    assert len(world.standing()) == 20
    assert sum(incident.signal_count for incident in world.standing()) == 10_000
    assert all(len(incident.signals) <= OF_A_SERVICE for incident in world.standing())
    assert len(world.board.to_bytes()) < 300_000


def test_a_storm_of_as_many_services_is_bounded_too() -> None:
    storm = [signal(f"condition {number}", service=f"service-{number}") for number in range(3_000)]
    world = in_batches(World(), storm, 500)
    assert len(world.board.to_bytes()) < 300_000


def test_an_alert_is_an_incident_however_many_lone_signs_came_before_it() -> None:
    flood = [signal(f"{number}", service=f"s{number}", kind="new_error_template") for number in range(3_000)]
    world = in_batches(World(), flood, 500).take(signal("down", service="shop", kind="alert", severity="critical"))
    (incident,) = world.standing()
    assert (incident.services, incident.severity, incident.signal_count) == (("shop",), "critical", 1)
    assert len(world.board.conditions) <= CONDITIONS


def test_names_of_services_that_nothing_compresses_do_not_outgrow_the_board() -> None:
    chance = random.Random(7)
    names = ["".join(chr(chance.randint(0x4E00, 0x9FFF)) for _ in range(200)) for _ in range(1_500)]
    world = in_batches(World(), [signal(name[:9], service=name, kind="alert") for name in names], 500)
    assert len(world.board.to_bytes()) <= BYTES


def test_texts_that_nothing_compresses_do_not_outgrow_the_item_of_an_incident() -> None:
    chance = random.Random(7)

    def text(chars: int) -> str:
        return "".join(chr(chance.randint(0x4E00, 0x9FFF)) for _ in range(chars))

    fat = [
        signal(f"{n}", kind="alert", title=text(200), detail=text(1_000), labels={text(60): text(120)})
        for n in range(40)
    ]
    wide = [one.model_copy(update={"labels": {text(60): text(120) for _ in range(24)}}) for one in fat]
    (incident,) = World().take(*wide).standing()
    assert 5 < len(incident.signals) < 40
    assert len(zlib.compress(incident.model_dump_json().encode())) < 300_000


def test_signals_of_the_largest_size_do_not_outgrow_the_board() -> None:
    chance = random.Random(7)
    fat = [
        signal(f"{number}", service=f"service-{number}", kind=kind, detail=chance.randbytes(2_000).hex())
        for number in range(700)
        for kind in ("anomaly" if number % 4 else "deployment",)
    ]
    world = World().take(signal("a"), signal("b"), *fat)
    board = world.board
    assert len(board.conditions) + len(board.deployments) < len(fat)
    assert len(board.to_bytes()) <= BYTES
    assert {"a", "b"} <= set(world.known())
