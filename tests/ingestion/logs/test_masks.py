"""Variables are masked, words are not."""

import pytest
from hypothesis import given

from inframind.ingestion.logs.masks import masked
from tests.effort import least_effort
from tests.ingestion.logs.lines import texts


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Received block blk_-1608999687919862906 of size 91178", "Received block blk_<*> of size <*>"),
        ("took 12ms", "took <*>"),
        ("took 1.5 seconds", "took <*>"),
        ("id 0x7f961cf08cf0 freed", "id <*> freed"),
        ("instance b9000564-fe1a-409b-b8cc-1e88b294cd1d is up", "instance <*> is up"),
        ("from 10.0.0.1:5070 to [2001:db8::1]", "from <*> to [<*>]"),
        ("read /var/log/app/today.log", "read <*>"),
        ("at 2026-01-11T10:30:00.123Z and 10:30:00", "at <*> and <*>"),
        ("connected at Fri Jun 17 07:07:00 2005", "connected at <*>"),
        ('GET "http://x/y?z=1"', 'GET "<*>"'),
        ('"GET /v2/servers HTTP/1.1" status: 200', '"GET <*>" status: <*>'),
        ("session of user=amy in zone=eu", "session of user=<*> in zone=<*>"),
        ('level=warn msg="disk is full" dev=sda1', 'level=<*> msg="disk is full" dev=<*>'),
        ("1190 bytes (1.16 KB) sent", "<*> sent"),
        ("loaded 1, 2, 3 and 4", "loaded <*> and <*>"),
        ("java.net.ConnectException: Connection refused", "java.net.ConnectException: Connection refused"),
        ("Database timeout", "Database timeout"),
        ("commit 7f3a9c1 was built", "commit <*> was built"),
        ("ask 3xk.eu.corp.example and db.eu.corp.example", "ask <*> and <*>"),
        (
            "host db.example:5432, view.clipTop:180 and view.clipTop:-1",
            "host <*>, view.clipTop:<*> and view.clipTop:<*>",
        ),
    ],
)
def test_a_line_keeps_its_words_and_loses_its_variables(message: str, expected: str) -> None:
    assert masked(message) == expected


def test_of_a_stack_trace_the_telling_line_counts() -> None:
    java = "java.lang.IllegalStateException: closed\n\tat a.b.C.d(C.java:12)\n\tat a.b.E.f(E.java:3)"
    python = "Traceback (most recent call last):\n  File \"a.py\", line 1, in <module>\nKeyError: 'id'\n"
    assert masked(java) == "java.lang.IllegalStateException: closed"
    assert masked(python) == "KeyError: 'id'"


def test_a_long_list_is_one_variable_and_a_long_line_is_cut_between_words() -> None:
    assert masked("failed: " + " ".join(f"node{n}" for n in range(500))) == "failed: node<*>"
    assert len(masked("word " * 500).split()) == 60


@given(texts(max_size=200))
def test_no_digit_is_left_and_masking_twice_changes_no_word(text: str) -> None:
    once = masked(text)
    assert not any(char.isascii() and char.isdigit() for char in once)


@pytest.mark.parametrize(
    "piece", ["1", "a.", "1.", "/a", "a=", "<*>", "0x", "12:", '"', "Jan 1 ", "a-", "-1", "1 ", "<1", "{1", "f:"]
)
def test_no_line_is_slow_to_mask(piece: str) -> None:
    assert least_effort(lambda: masked(piece * (16_000 // len(piece)))) < 40
