"""Log entries as JSON: what is taken, and how every fault is named."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.errors import Malformed, Rejected
from inframind.ingestion.json_entry import Clock
from inframind.ingestion.logs import entries
from inframind.ingestion.logs.lines import MESSAGE_CHARS, LogLine
from inframind.ingestion.logs.wire import ENTRY
from inframind.ingestion.samples import Tally
from tests.ingestion.logs.lines import NOON_MS

CLOCK = Clock(NOON_MS, NOON_MS + 600_000)


def read(document: Any) -> tuple[list[LogLine], list[str]]:
    tally = Tally()
    found = entries.read(json.dumps(document).encode(), CLOCK, tally)
    return found.lines, [f"{fault.where}: {fault.what}" for fault in tally.faults]


def test_the_seeds_entry_is_read_field_for_field() -> None:
    assert read(ENTRY) == (
        [LogLine(1_766_916_000_000, "ERROR", "auth-api", "Database timeout", {"component": "database"})],
        [],
    )


@pytest.mark.parametrize("document", [ENTRY, [ENTRY], {"logs": [ENTRY]}], ids=["one", "list", "batch"])
def test_an_entry_a_list_and_a_batch_are_the_same_lines(document: Any) -> None:
    assert read(document)[0] == read(ENTRY)[0]


def test_a_line_without_time_and_level_is_of_now_and_for_information() -> None:
    assert read({"service": "web", "message": "ready"})[0] == [LogLine(NOON_MS, "INFO", "web", "ready", {})]


@pytest.mark.parametrize("name", ["service", "service.name", "job"])
def test_the_labels_name_the_service_where_the_entry_does_not(name: str) -> None:
    ((line,), _) = read({"message": "ready", "labels": {name: "web"}})
    assert line.service == "web"


def test_good_entries_are_kept_beside_bad_ones_and_every_fault_is_named() -> None:
    bad = {"service": "", "level": "loud", "timestamp": "soon", "labels": [], "message": 7}
    lines, faults = read({"logs": [ENTRY, bad, "no object", ENTRY]})
    assert len(lines) == 2
    assert {fault.partition(":")[0] for fault in faults} == {
        "logs[1].service", "logs[1].level", "logs[1].timestamp", "logs[1].labels", "logs[1].message", "logs[2]",
    }  # fmt: skip


def test_a_time_ahead_of_the_clock_is_refused() -> None:
    assert read({"service": "web", "message": "x", "timestamp": CLOCK.horizon_ms + 1})[1] == [
        "timestamp: is more than 600 s ahead of the clock here"
    ]


def test_what_no_store_can_hold_is_cut_and_cleaned() -> None:
    ((line,), _) = read({"service": "web", "message": "a\u0000b\ud800" + "x" * 20_000, "labels": {"k\n": "v" * 5_000}})
    assert line.message.startswith("a\ufffdb\ufffdx")
    assert len(line.message) == MESSAGE_CHARS
    assert [(name, len(value)) for name, value in line.labels.items()] == [("k\ufffd", 1_000)]
    line.message.encode()


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000], ids=["empty", "cut", "no text", "nested"])
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        entries.read(body, CLOCK, Tally())


@pytest.mark.parametrize("body", [b"[]", b'{"logs": {}}', b'{"logs": []}', b'"text"', b"7"])
def test_json_without_entries_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected):
        entries.read(body, CLOCK, Tally())


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.sampled_from([*ENTRY, "other"]), JSON, max_size=5) | JSON, min_size=1, max_size=5))
def test_whatever_comes_each_entry_is_a_line_or_has_a_fault(batch: list[Any]) -> None:
    tally = Tally()
    found = entries.read(json.dumps({"logs": batch}).encode(), CLOCK, tally)
    assert len(found.lines) + tally.rejected == len(batch)
    assert bool(tally.faults) == bool(tally.rejected)
