"""Lines survive packing, and nothing else is taken for packed lines."""

import random
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.errors import TooLarge
from inframind.frame_bundles import BUNDLE_LIMIT
from inframind.identity import shard_of
from inframind.ingestion.logs.lines import LogLine
from inframind.ingestion.logs.packing import HOUR_MS, LinesUnreadable, pack, packed, unpack
from tests.ingestion.logs.lines import any_lines, line


@given(st.lists(any_lines(), max_size=20))
def test_every_line_comes_back_in_a_package_of_its_shard_and_hour(lines: list[LogLine]) -> None:
    letters = [unpack(data) for data in packed(lines, 4)]
    assert sorted(map(repr, lines)) == sorted(repr(one) for letter in letters for one in letter.lines)
    for letter in letters:
        assert {shard_of(one.service, 4) for one in letter.lines} == {letter.shard}
        assert {one.time_ms // HOUR_MS for one in letter.lines} == {letter.hour}


def test_packages_stay_below_what_a_message_holds() -> None:
    words = random.Random(7)
    noise = ["".join(chr(words.randint(33, 122)) for _ in range(15_000)) for _ in range(60)]
    made = packed([line(text) for text in noise], 4)
    assert len(made) > 1
    assert max(map(len, made)) < BUNDLE_LIMIT
    assert sum(len(unpack(data).lines) for data in made) == 60


def test_lines_of_too_many_hours_are_refused() -> None:
    with pytest.raises(TooLarge):
        packed([line(at=3_600 * hour) for hour in range(201)], 4)


@given(st.data())
def test_a_damaged_package_is_unreadable_and_nothing_else(data: st.DataObject) -> None:
    whole = packed([line("ready"), line("steady", "ERROR")], 4)[0]
    place = data.draw(st.integers(0, len(whole) - 1))
    damaged = whole[:place] + bytes([whole[place] ^ data.draw(st.integers(1, 255))]) + whole[place + 1 :]
    with pytest.raises(LinesUnreadable):
        unpack(damaged)


@given(st.binary(max_size=60))
def test_bytes_with_a_good_checksum_that_are_no_lines_are_unreadable(rest: bytes) -> None:
    with pytest.raises(LinesUnreadable):
        unpack(b"IML1" + struct.pack("<I", zlib.crc32(rest)) + rest)


def test_a_package_that_would_inflate_to_gigabytes_is_not_inflated() -> None:
    rest = struct.pack("<I", 4_000_000_000) + b"x"
    with pytest.raises(LinesUnreadable, match="larger"):
        unpack(b"IML1" + struct.pack("<I", zlib.crc32(rest)) + rest)


def test_equal_lines_make_equal_bytes() -> None:
    letter = unpack(packed([line("ready")], 4)[0])
    assert pack(letter) == packed([line("ready")], 4)[0]
