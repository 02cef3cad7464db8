"""Pages together are the whole, whatever their size, with steps and without."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inframind.adapters.series.memory_series import MemorySeries
from inframind.frames import Frame
from inframind.records import from_ms
from inframind.series import retrieval, wire
from inframind.series.query import Query
from inframind.series.retrieval import Answer, retrieve
from inframind.series.samples import Aggregation
from tests.series.builders import NOON_MS, STALE, a_frame, cells, some_frames

DAY_MS = 86_400_000
EVERYTHING = Query("db-1", NOON_MS - DAY_MS, NOON_MS + DAY_MS, stale=True)
Found = dict[tuple[bytes, int], int]


def stored(frames: Sequence[Frame]) -> MemorySeries:
    store = MemorySeries()
    for place, frame in enumerate(frames):
        store.write([frame], datetime.fromtimestamp(place, UTC))
    return store


def ask(store: MemorySeries, query: Query) -> Answer:
    return retrieve(query, store.hours("db-1", from_ms(query.resume_ms), from_ms(query.end_ms)))


def pages(store: MemorySeries, query: Query) -> Iterator[Answer]:
    while True:
        answer = ask(store, query)
        yield answer
        if answer.following is None:
            return
        query = replace(query, after=answer.following)


def content(answer: Answer) -> Found:
    return {
        (line.series.to_bytes(), at): bits
        for line in answer.lines
        for at, bits in zip(line.found.times_ms.tolist(), line.found.bits.tolist(), strict=True)
    }


@given(some_frames, st.integers(1, 7))
def test_pages_of_any_size_hold_every_sample_once(frames: list[Frame], limit: int) -> None:
    store, together = stored(frames), Found()
    for answer in pages(store, replace(EVERYTHING, limit=limit)):
        page = content(answer)
        assert len(page) <= limit
        assert not page.keys() & together.keys()
        together |= page
    assert together == cells(frames)


@given(some_frames, st.integers(1, 5), st.integers(1, 9_000), st.sampled_from(list(Aggregation)))
@settings(max_examples=60)
def test_steps_are_whole_whatever_the_page(frames: list[Frame], limit: int, seconds: int, how: Aggregation) -> None:
    store = stored(frames)
    query = replace(EVERYTHING, step_ms=1_000 * seconds, aggregation=how, stale=False)
    whole = content(ask(store, query))
    together = Found()
    for answer in pages(store, replace(query, limit=limit)):
        assert not content(answer).keys() & together.keys()
        together |= content(answer)
    assert together == whole


@given(some_frames, st.integers(1, 9_000))
def test_a_page_that_has_read_enough_ends_early_and_loses_nothing(frames: list[Frame], seconds: int) -> None:
    store = stored(frames)
    with pytest.MonkeyPatch.context() as patch:
        whole = [content(ask(store, replace(EVERYTHING, step_ms=step))) for step in (None, 1_000 * seconds)]
        patch.setattr(retrieval, "CELLS_A_PAGE", 0)
        for step, expected in zip((None, 1_000 * seconds), whole, strict=True):
            together = Found()
            for answer in pages(store, replace(EVERYTHING, step_ms=step)):
                together |= content(answer)
            assert together == expected


def test_a_step_that_reaches_over_hours_is_one_point() -> None:
    store = stored([a_frame({at: {b"a": float(at)} for at in range(0, 7_200, 600)})])
    [line] = ask(store, replace(EVERYTHING, step_ms=2 * 3_600_000, aggregation=Aggregation.COUNT)).lines
    assert line.found.values.tolist() == [12.0]


def test_lines_come_by_metric_and_labels_earliest_sample_first() -> None:
    store = stored([a_frame({5: {b"b": 1.0, b"a\0x\x002": 2.0}, 0: {b"a\0x\x001": 3.0}}), a_frame({0: {b"b": 0.5}})])
    answer = ask(store, EVERYTHING)
    assert [line.series.to_bytes() for line in answer.lines] == [b"a\0x\x001", b"a\0x\x002", b"b"]
    assert answer.lines[2].found.values.tolist() == [0.5, 1.0]


def test_the_range_is_half_open() -> None:
    store = stored([a_frame({at: {b"a": float(at)} for at in range(5)})])
    [line] = ask(store, replace(EVERYTHING, start_ms=NOON_MS + 1_000, end_ms=NOON_MS + 3_000)).lines
    assert line.found.values.tolist() == [1.0, 2.0]


def test_staleness_markers_are_left_out_unless_asked_for() -> None:
    store = stored([a_frame({0: {b"a": 1.0}, 15: {b"a": STALE}})])
    assert len(content(ask(store, replace(EVERYTHING, stale=False)))) == 1
    assert np.isnan(ask(store, EVERYTHING).lines[0].found.values[1])


def test_a_page_reads_no_further_than_it_reaches() -> None:
    hours_read = []

    def hours() -> Iterator[Sequence[Frame]]:
        for hour in range(100):
            hours_read.append(hour)
            yield [a_frame({3_600 * hour: {b"a": 1.0}})]

    retrieve(replace(EVERYTHING, end_ms=NOON_MS + 100 * DAY_MS, limit=3), hours())
    assert len(hours_read) == 4


def test_nothing_found_is_an_empty_answer() -> None:
    assert ask(MemorySeries(), EVERYTHING).is_empty
    assert ask(stored([a_frame({0: {b"a": 1.0}})]), replace(EVERYTHING, metrics=frozenset({"b"}))).is_empty


def test_series_with_long_names_make_short_pages_that_a_function_may_answer() -> None:
    names = tuple(b"up\0path\0" + b"x" * 2_000 + b"\0n\0%d" % number for number in range(1_600))
    store = stored([Frame("db-1", names, np.array([NOON_MS, NOON_MS + 1]), np.ones((2, 1_600)))])
    answers = list(pages(store, EVERYTHING))
    found = [content(answer) for answer in answers]
    assert sum(map(len, found)) == len({sample for page in found for sample in page}) == 3_200
    assert max(len(wire.samples_page(EVERYTHING, answer, None)) for answer in answers) < 3_000_000


def test_a_page_ends_where_enough_has_been_unpacked_and_the_next_goes_on_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrieval, "CELLS_A_PAGE", 2)
    hour_s = 3_600
    store = stored([a_frame({hour * hour_s + second: {b"up": 1.0} for second in range(3)}) for hour in range(3)])
    found = [len(content(answer)) for answer in pages(store, EVERYTHING)]
    assert found == [3, 3, 3, 0]  # only reading on shows that there is no more
