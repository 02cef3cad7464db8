"""Frames at rest come back under their ordinals, and damage is noticed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.frames import Frame, FrameUnreadable
from inframind.series.at_rest import decode_at_rest, encode_at_rest
from tests.series.builders import a_frame, cells, rows


@given(rows, st.lists(st.integers(0, 2**32 - 1), min_size=4, max_size=4, unique=True))
def test_samples_come_back_under_their_ordinals(given_rows: dict[int, dict[bytes, float]], numbers: list[int]) -> None:
    frame = a_frame(given_rows)
    ordinals = np.array(numbers[: len(frame.series)], np.int64)
    rested = decode_at_rest(encode_at_rest(frame, ordinals))
    named = dict(zip(ordinals.tolist(), frame.series, strict=True))
    assert rested.ordinals.tolist() == sorted(ordinals.tolist())
    back = Frame("db-1", tuple(named[number] for number in rested.ordinals.tolist()), *rested.grid)
    assert cells([back]) == cells([frame])


def test_the_order_of_the_series_changes_no_byte() -> None:
    frame = Frame("db-1", (b"a", b"b"), np.array([0]), np.array([[1.0, 2.0]]))
    other = Frame("db-1", (b"b", b"a"), np.array([0]), np.array([[2.0, 1.0]]))
    assert encode_at_rest(frame, np.array([3, 9])) == encode_at_rest(other, np.array([9, 3]))


@given(st.data())
def test_a_flipped_bit_or_a_missing_end_is_noticed(data: st.DataObject) -> None:
    packed = bytearray(encode_at_rest(a_frame({0: {b"a": 1.5, b"b": 2.5}, 15: {b"a": 3.0}}), np.array([0, 7])))
    with pytest.raises(FrameUnreadable):
        decode_at_rest(bytes(packed[: data.draw(st.integers(0, len(packed) - 1))]))
    packed[data.draw(st.integers(0, len(packed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(FrameUnreadable):
        decode_at_rest(bytes(packed))
