"""Lines at rest: what is kept is found, by everything one can ask for."""

from hypothesis import given
from hypothesis import strategies as st

from inframind.ingestion.logs.at_rest import LinesKey, Query, found_in, objects, service_digest
from inframind.ingestion.logs.lines import LogLine
from inframind.ingestion.logs.packing import packed, unpack
from tests.ingestion.logs.lines import NOON_MS, any_lines, errors, line

ALL = Query(0, 10**15)
ID = "0123456789ab"


def kept(lines: list[LogLine]) -> dict[LinesKey, bytes]:
    packages = [(data, unpack(data)) for data in packed(lines, 2)]
    return objects(packages, [[ID] * len(letter.lines) for _, letter in packages], NOON_MS)


@given(st.lists(any_lines(), max_size=20))
def test_every_line_is_found_once_under_an_id_of_its_own(lines: list[LogLine]) -> None:
    hits = [hit for data in kept(lines).values() for hit in found_in(data, ALL)]
    assert sorted(repr(hit.line) for hit in hits) == sorted(map(repr, lines))
    assert len({hit.id for hit in hits}) == len(hits)


def test_lines_are_found_by_service_level_template_time_and_text_latest_first() -> None:
    lines = [line("ready", at=1), line("Steady", at=2, service="auth"), *errors(2, at=3)]
    (data,) = kept(lines).values()

    def found(**asked: str | int | None) -> list[str]:
        times = {"start_ms": 0, "end_ms": 10**15}
        return [hit.line.message for hit in found_in(data, Query(**(times | asked)))]  # type: ignore[arg-type]

    assert found() == [one.message for one in sorted(lines, key=lambda one: -one.time_ms)]
    assert found(service="auth") == ["Steady"]
    assert found(level="ERROR", text="AFTER 1") == ["Database timeout after 1 ms"]
    assert found(text="STEADY") == ["Steady"]
    assert found(start_ms=NOON_MS + 2_000, end_ms=NOON_MS + 3_000) == ["Steady"]
    assert found(template_id=ID) == found()
    assert found(template_id="f" * 12) == []


def test_the_key_says_what_cannot_be_inside() -> None:
    (key,) = kept([line(at=1), line(at=9, service="auth")])
    assert Query(NOON_MS, NOON_MS + 2_000, "web").may_be_in(key)
    assert not Query(NOON_MS + 10_000, 10**15).may_be_in(key)
    assert not Query(0, NOON_MS).may_be_in(key)
    assert not Query(0, 10**15, "db").may_be_in(key)
    assert service_digest("web") in (key.services or ())


@given(st.binary(max_size=80))
def test_what_cannot_be_read_is_passed_over(junk: bytes) -> None:
    assert found_in(junk, ALL) == []
    (data,) = kept([line()]).values()
    assert [hit.line for hit in found_in(data + junk, ALL)][:1] in ([line()], [])


def test_a_damaged_package_does_not_hide_the_one_behind_it() -> None:
    packages = [(data, unpack(data)) for one in ("one", "two") for data in packed([line(one)], 2)]
    (data,) = objects(packages, [[ID], [ID]], NOON_MS).values()
    first = packages[0][0]
    place = data.index(first) + len(first) - 1
    damaged = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
    assert [hit.line.message for hit in found_in(damaged, ALL)] == ["two"]
