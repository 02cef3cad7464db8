"""The look at what is open asks no more than there is time for, and forgets nobody."""

from inframind.incidents.auto_resolution import ASKED_AGAIN, ASKED_MS, asked_again
from inframind.incidents.board import Board, OpenIncident
from tests.incidents.board import NOW_MS

MINUTE = 60_000


def board(count: int, opened_ms: int = NOW_MS) -> Board:
    return Board(open={f"{n:03}": OpenIncident(id=f"{n:03}", opened_ms=opened_ms) for n in range(count)})


def test_of_many_young_incidents_a_few_are_asked_again_in_one_look_and_all_in_some() -> None:
    turns = [asked_again(board(95), NOW_MS + look * MINUTE) for look in range(10)]
    assert {len(turn) for turn in turns} == {ASKED_AGAIN}
    assert len({name for turn in turns for name in turn}) > 90
    assert sorted(asked_again(board(3), NOW_MS)) == ["000", "001", "002"]


def test_incidents_that_are_no_longer_young_are_not_asked_again() -> None:
    assert asked_again(board(3, NOW_MS - ASKED_MS), NOW_MS) == []
    assert asked_again(Board(), NOW_MS) == []
