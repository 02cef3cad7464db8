"""What people do to an incident leaves board and incident in agreement."""

from datetime import timedelta

import pytest

from inframind.errors import Conflict
from inframind.incidents import handling
from inframind.incidents.auto_resolution import look, looked
from inframind.incidents.board import Board
from inframind.incidents.lifecycle import SERVICES_KEPT
from inframind.signals import Incident
from tests.contracts.signals import TEN, signal
from tests.incidents.board import NOW_MS, World

HOUR = timedelta(hours=1)


def with_one() -> tuple[World, Incident]:
    world = World().take(signal("a"), signal("b"))
    (incident,) = world.standing()
    return world, incident


def test_an_acknowledgement_expires_at_the_look_after_its_time() -> None:
    world, incident = with_one()
    taken = handling.acknowledge(world.board, incident, "ada", TEN + HOUR, NOW_MS)
    before = look(taken.board, {}, NOW_MS + 3_599_000, world.rules)
    after = look(taken.board, {}, NOW_MS + 3_600_000, world.rules)
    assert (before.unacknowledged, after.unacknowledged) == ((), (incident.id,))
    outcome = looked(taken.board, after, taken.incidents, NOW_MS + 3_600_000)
    again = outcome.incidents[incident.id]
    assert (again.status, again.acknowledged_by, again.acknowledged_until) == ("open", None, None)
    assert {"acknowledged", "unacknowledged"} <= {line.kind for line in again.timeline}
    assert outcome.board.owed[-1].reason == "unacknowledged"


def test_an_acknowledged_incident_still_grows_and_stays_acknowledged() -> None:
    world, incident = with_one()
    taken = handling.acknowledge(world.board, incident, "ada", TEN + HOUR, NOW_MS)
    world.board, world.incidents = taken.board, world.incidents | taken.incidents
    world.take(signal("c"))
    (after,) = world.standing()
    assert (after.status, after.signal_count) == ("acknowledged", 3)


def test_an_incident_that_was_moved_between_two_readings_is_acknowledged_too() -> None:
    """Of the board, then of a shard from which somebody has taken it; the write that follows is refused."""
    _, incident = with_one()
    taken = handling.acknowledge(Board(), incident, "ada", TEN + HOUR, NOW_MS)
    assert taken.board.open[incident.id].acknowledged_until_ms == NOW_MS + 3_600_000


def test_a_resolved_incident_leaves_the_board_and_takes_nothing_in_any_more() -> None:
    world, incident = with_one()
    over = handling.resolve(world.board, incident, "ada", NOW_MS)
    assert (over.board.open, over.board.look_ms) == ({}, 0)
    assert over.incidents[incident.id].resolved_at == TEN
    with pytest.raises(Conflict, match="is resolved"):
        handling.resolve(over.board, over.incidents[incident.id], "ada", NOW_MS)
    with pytest.raises(Conflict, match="is resolved"):
        handling.acknowledge(over.board, over.incidents[incident.id], "ada", TEN + HOUR, NOW_MS)


def test_an_incident_is_not_merged_into_itself() -> None:
    world, incident = with_one()
    with pytest.raises(Conflict, match="itself"):
        handling.merge(world.board, (incident, incident), NOW_MS, world.rules)


def test_feedback_does_not_touch_what_is_open() -> None:
    world, incident = with_one()
    judged = handling.judge(world.board, incident, ("the pool of connections", None), NOW_MS)
    assert judged.incidents[incident.id].feedback == "the pool of connections"
    assert judged.board.open == world.board.open


def test_what_is_merged_names_no_more_services_than_any_other_incident() -> None:
    world, first = with_one()
    second = first.model_copy(update={"id": "other"})
    pair = tuple(
        one.model_copy(update={"services": tuple(f"{one.id}-{number:02}" for number in range(SERVICES_KEPT))})
        for one in (first, second)
    )
    outcome = handling.merge(world.board, (pair[0], pair[1]), NOW_MS, world.rules)
    assert len(outcome.incidents[first.id].services) == SERVICES_KEPT
