"""A place among the counted pipelines is kept until it has been silent for long, and somebody else wants it."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from inframind.optimization.places import MOST, NOTED, SILENT, Places, seated
from tests.contracts.builds import at

FULL = Places(heard={f"team/{number}": at(number) for number in range(MOST)})


def test_the_first_have_a_place_each_and_later_ones_none() -> None:
    places = Places()
    for number in range(MOST + 3):
        places, gone = seated(places, f"team/{number}", at(number))
        assert gone is None
    assert set(places.heard) == set(FULL.heard)


def test_one_that_has_a_place_is_noted_once_a_day() -> None:
    assert seated(FULL, "team/0", at(1)) == (FULL, None)
    later, gone = seated(FULL, "team/0", at(0) + NOTED)
    assert (later.heard["team/0"], gone) == (at(0) + NOTED, None)


def test_the_longest_silent_gives_its_place_to_another_and_may_come_again() -> None:
    after, gone = seated(FULL, "new", at(0) + SILENT)
    assert gone == "team/0"
    assert after.heard == {name: heard for name, heard in FULL.heard.items() if name != gone} | {"new": at(0) + SILENT}
    again, gone = seated(after, "team/0", at(1) + SILENT)
    assert (gone, "team/0" in again.heard) == ("team/1", True)


def test_a_place_is_not_given_up_a_moment_too_early() -> None:
    assert seated(FULL, "new", at(0) + SILENT - timedelta(seconds=1)) == (FULL, None)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2 * MOST), st.integers(0, 400)), max_size=300))
def test_there_are_never_more_places_and_only_the_silent_lose_theirs(told: list[tuple[int, int]]) -> None:
    places, last = Places(), dict[str, datetime]()
    for number, day in told:
        name, now = f"team/{number}", at(0) + timedelta(days=day)
        places, gone = seated(places, name, now)
        assert len(places.heard) <= MOST
        if gone:
            assert now - last.pop(gone) >= SILENT
        if name in places.heard:
            last[name] = places.heard[name]
