import json

from infra.local.lines import render
from infra.local.watch import Group


def event(stream: str, at: int) -> dict[str, object]:
    return {"logStreamName": stream, "timestamp": at, "message": "m"}


def test_a_call_is_news_once_however_often_it_is_read() -> None:
    group = Group(0)
    first, second = event("a", 1000), event("b", 1001)
    assert group.news([first]) == [first]
    assert group.news([first, second]) == [second]
    assert group.news([first, second]) == []


def test_a_line_of_an_error_ends_with_the_exception() -> None:
    line = {
        "level": "ERROR",
        "service": "series",
        "message": "write failed",
        "exception": "Traceback\n  x\nKeyError: 1",
    }
    assert render("f", json.dumps(line)) == "error in series  write failed  KeyError: 1"


def test_lines_of_other_forms_are_no_news() -> None:
    assert render("f", "START RequestId: 1") == ""
    assert render("f", "{no json") == ""
    assert render("f", "[1]") == ""
