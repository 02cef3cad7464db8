"""Query strings become queries; every fault is named."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.errors import Rejected
from inframind.identity import SeriesId
from inframind.series.query import Position, Query, RawQuery, moment_ms, query_of, step_ms
from inframind.series.samples import Aggregation
from tests.series.builders import NOON_MS

NOW = datetime.fromtimestamp(NOON_MS / 1000, UTC)


def faults(words: RawQuery) -> list[str]:
    with pytest.raises(Rejected) as refused:
        query_of("db-1", words, NOW)
    return [fault.where for fault in refused.value.faults]


def test_without_words_it_is_the_hour_that_ends_now_this_millisecond_included() -> None:
    query = query_of("db-1", RawQuery(), NOW)
    assert (query.start_ms, query.end_ms) == (NOON_MS + 1 - 3_600_000, NOON_MS + 1)
    assert (query.step_ms, query.after) == (None, None)


def test_an_end_alone_reads_the_hour_before_it() -> None:
    query = query_of("db-1", RawQuery(end="2026-01-11T10:00:00Z"), NOW)
    assert (query.end_ms - query.start_ms, NOON_MS - query.end_ms) == (3_600_000, 7_200_000)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-11T12:00:00Z",
        "2026-01-11T13:00:00+01:00",
        "2026-01-11T13:00:00 01:00",
        "2026-01-11T12:00:00",
        "1768132800",
        "1768132800.0",
        "1768132800000",
    ],
)
def test_a_moment_is_understood_in_every_form(text: str) -> None:
    assert moment_ms(text) == NOON_MS


@pytest.mark.parametrize(
    "text", ["yesterday", "nan", "inf", "1e300", "-5e9", "0001-01-01T00:00:00+14:00", "2026-13-01"]
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        moment_ms(text)


@pytest.mark.parametrize("text", ["0", "-5", "1y", "m", "32d", "0.0001", "1e3"])
def test_what_is_no_step_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        step_ms(text)


def test_every_fault_is_named_at_once() -> None:
    words = RawQuery(labels=["job"], start="soon", end="later", step="0", cursor="?", aggregation=Aggregation.MAX)
    assert sorted(faults(words)) == ["query.cursor", "query.end", "query.label", "query.start", "query.step"]
    assert faults(RawQuery(start="1768132800", end="1768132800")) == ["query.start"]
    assert faults(RawQuery(aggregation=Aggregation.MAX)) == ["query.agg"]


@given(st.integers(0, NOON_MS), st.sampled_from(["", "0123456789abcdef"]))
def test_a_cursor_leads_on_to_the_same_end(time_ms: int, mark: str) -> None:
    cursor = str(Position(time_ms, mark, NOON_MS))
    query = query_of("db-1", RawQuery(cursor=cursor), datetime(2030, 1, 1, tzinfo=UTC)) if time_ms < NOON_MS else None
    assert query is None or (query.after, query.start_ms, query.end_ms) == (
        Position(time_ms, mark, NOON_MS),
        time_ms,
        NOON_MS,
    )


def test_metrics_are_alternatives_and_labels_are_all_needed() -> None:
    series = SeriesId("db-1", "load", (("cpu", "0"), ("job", "node")))
    assert Query("db-1", 0, 1, frozenset({"load", "up"}), (("cpu", "0"),)).wants(series)
    assert not Query("db-1", 0, 1, frozenset({"up"})).wants(series)
    assert not Query("db-1", 0, 1, labels=(("cpu", "0"), ("job", "other"))).wants(series)
    assert Query("db-1", 0, 1, labels=(("absent", ""),)).wants(series)
