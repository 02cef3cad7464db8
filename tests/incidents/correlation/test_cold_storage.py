"""A board that is small groups as a large one does: what is quiet is put away, and comes back whole."""

import json
import random
import zlib

from hypothesis import given, settings
from hypothesis import strategies as st

from inframind.incidents.board import Board, Condition, OpenIncident
from inframind.incidents.correlation.cold_storage import (
    FULL,
    SHARD_BYTES,
    ColdIncident,
    ColdShard,
    demoted,
    quiet,
    shards_of,
)
from inframind.incidents.correlation.load_shedding import BYTES, CONDITIONS, fitted
from inframind.incidents.correlation.recall import contents, in_turn, stirring
from inframind.incidents.rules import Rules
from inframind.signals import Signal
from tests.contracts.signals import signal
from tests.effort import effort
from tests.incidents.board import NOW_MS, World, in_batches
from tests.incidents.correlation.test_planning import CALLS, deployment

MINUTE = 60_000


def alert(name: str, minute: float = 0.0, **fields: str) -> Signal:
    return signal(name, service=fields.pop("service", f"of-{name}"), minute=minute, kind="alert", **fields)


def permanent(count: int) -> list[Signal]:
    """Alerts of as many services, which began at some time in two days and never end."""
    chance = random.Random(7)
    return [alert(f"{chance.getrandbits(64):016x}", -chance.randrange(2 * 1440)) for _ in range(count)]


drawn_signals = st.lists(
    st.builds(
        signal,
        st.sampled_from("abcdefgh"),
        minute=st.integers(0, 90),
        status=st.sampled_from(["firing", "firing", "resolved"]),
    ).map(
        lambda one: one.model_copy(
            update={
                "service": ("web", "auth", "db", "far")["abcdefgh".index(one.fingerprint) % 4],
                "kind": ("anomaly", "anomaly", "alert", "log_spike")["abcdefgh".index(one.fingerprint) // 2],
            }
        )
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(drawn_signals, st.integers(0, 4), st.integers(1, 6))
def test_a_board_without_room_groups_as_one_with_room_does(drawn: list[Signal], room: int, size: int) -> None:
    rules = Rules(edges=CALLS)
    small, large = (in_batches(World(rules, limits), drawn, size) for limits in ((room, room // 2), (999, 999)))
    assert small.grouping() == large.grouping()
    assert small.known() == large.known()
    assert small.board.away + len(small.board.open) == len(large.board.open)
    assert small.incidents == large.incidents


def test_a_new_service_is_told_of_however_many_alerts_are_permanent() -> None:
    count = 1_500
    world = in_batches(World(), permanent(count), 50)

    def told() -> None:
        world.take(alert("down", 1, service="shop", severity="critical"))
        world.take(signal("latency", service="shop", minute=2), deployment(0.5, "shop"))

    assert effort(told) < 2_000  # about 100
    (incident,) = (one for one in world.standing() if one.services == ("shop",))
    assert (incident.severity, incident.signal_count, len(incident.signals)) == ("critical", 2, 3)
    assert len(world.standing()) == count + 1 == world.board.away + len(world.board.open)
    assert len(world.board.conditions) <= FULL
    assert len(world.board.to_bytes()) < BYTES


def test_what_was_put_away_is_told_of_again_without_a_word_and_ends_when_it_does() -> None:
    many = permanent(900)
    world = in_batches(World(), many, 25)
    before, first = world.board, many[0]
    assert world.take(*many).board == before
    away = next(one for one in many if one.fingerprint not in before.conditions)
    world.take(alert(away.fingerprint, 3, status="resolved"))
    assert world.board.conditions[away.fingerprint].is_over
    assert len(world.board.open) + world.board.away == len(many)
    assert first.fingerprint in world.known()


def test_a_deployment_told_of_late_finds_the_incident_that_was_put_away() -> None:
    world = World(room=(0, 0)).take(alert("down", service="auth-api"))
    assert world.board.away == 1
    world.take(deployment(-5))
    (incident,) = world.standing()
    assert incident.suspects[0].kind == "deployment"


def test_a_look_brings_back_what_has_cleared_or_expired_and_nothing_else() -> None:
    world = World(room=(0, 0)).take(alert("a"), signal("b", kind="log_spike", service="logs"), alert("c"))
    cold = contents(world.shards.values())
    assert (len(cold.open), len(in_turn(world.board))) == (3, 3)
    assert stirring(cold, {}, NOW_MS + MINUTE, world.rules) == set()
    names = stirring(cold, {}, NOW_MS + 16 * MINUTE, world.rules)
    assert [world.incidents[name].services for name in names] == [("logs",)]


def test_all_cold_shards_have_their_turn() -> None:
    board = Board(cold=dict.fromkeys(range(0, 256, 3), 30))
    seen: list[int] = []
    for _ in range(7):
        turn = in_turn(board)
        seen += turn
        board = board.model_copy(update={"turn": turn[-1] + 1})
    assert sorted(set(seen)) == sorted(board.cold)
    assert len(seen) <= 13 * 7


def test_no_drawer_takes_more_than_its_bytes_and_what_finds_no_room_stays() -> None:
    chance = random.Random(3)
    many = [f"{chance.getrandbits(512):0128x}" for _ in range(1_400)]
    conditions = {name: condition(name, service="one", incident=name) for name in many}
    board = Board(conditions=conditions, open={name: OpenIncident(id=name, opened_ms=0) for name in many})
    (place,) = shards_of(["one"])
    shards = {place: ColdShard()}
    for _ in range(6):
        board, changed = demoted(board, shards, quiet(board, 0, 0))
        shards |= changed
        assert len(shards[place].to_bytes()) <= SHARD_BYTES
    assert len(shards[place].to_bytes()) > 0.9 * SHARD_BYTES
    assert board.away + len(board.open) == len(many)
    assert board.conditions.keys() == board.open.keys()


def condition(name: str, **fields: object) -> Condition:
    given = {"service": name, "kind": "alert", "severity": "low", "received_ms": 0, "first_ms": 0, "last_ms": 0}
    return Condition.model_validate({"fingerprint": name, "count": 1} | given | fields)


def test_what_cannot_be_put_away_is_counted_to_the_rest_of_the_largest_incident() -> None:
    giant = {f"{n}": condition(f"{n}", incident="giant", last_ms=n) for n in range(2 * CONDITIONS)}
    lone = {"x": condition("x", incident="lone")}
    entries = {name: OpenIncident(id=name, opened_ms=0) for name in ("giant", "lone")}
    board = fitted(Board(conditions=giant | lone, open=entries))
    assert len(board.conditions) <= CONDITIONS
    assert "x" in board.conditions
    assert f"{2 * CONDITIONS - 1}" in board.conditions
    assert sum(one.count for one in board.conditions.values()) == 2 * CONDITIONS + 1


def test_of_what_waits_that_is_forgotten_of_which_there_is_most() -> None:
    flood = {f"{n}": condition(f"{n}", kind="new_error_template", received_ms=n) for n in range(CONDITIONS + 1)}
    rare = {"rare": condition("rare", kind="anomaly")}
    board = fitted(Board(conditions=flood | rare))
    assert "rare" in board.conditions
    assert "0" not in board.conditions
    assert f"{CONDITIONS}" in board.conditions


def test_what_is_stored_keeps_the_names_that_earlier_programs_wrote() -> None:
    held = ColdIncident(entry=None, conditions={})
    assert json.loads(zlib.decompress(Board(cold={7: 1}).to_bytes())) == {"drawers": {"7": 1}}
    stored = zlib.decompress(ColdShard(incidents={"i": held}).to_bytes())
    assert json.loads(stored) == {"dossiers": {"i": {"entry": None, "conditions": {}}}}
    assert ColdShard.from_bytes(zlib.compress(stored)).incidents == {"i": held}
