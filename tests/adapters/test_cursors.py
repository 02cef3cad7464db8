"""Cursors that were not made here are refused, never handed on to the database."""

import re

import pytest

from inframind.adapters.cursors import from_cursor, to_cursor
from inframind.errors import Rejected


@pytest.mark.parametrize("position", ["a", "r/1", "\N{GRINNING FACE}", "x" * 300])
def test_a_position_comes_back_from_its_cursor(position: str) -> None:
    assert from_cursor(to_cursor(position)) == position


@pytest.mark.parametrize("cursor", ["", "=", "==", "!!!!", "\n", "A", "AB=C", "_\u00e9", to_cursor("a") + "!", "QR"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Rejected) as refused:
        from_cursor(cursor)
    assert refused.value.faults[0].where == "query.cursor"


def test_a_position_of_another_list_is_refused() -> None:
    with pytest.raises(Rejected):
        from_cursor(to_cursor("\0"), re.compile(r"\d{15}#[0-9a-f]+"))
