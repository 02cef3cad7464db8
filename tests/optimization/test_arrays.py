"""The container of models refuses what it did not write."""

import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inframind.errors import Rejected
from inframind.optimization.arrays import Packed, pack, unpack

PACKED = Packed("ruler", 2, {"unit": "cm"}, {"odd": np.arange(3, dtype=np.int16), "real": np.eye(2)})


def test_values_and_arrays_come_back() -> None:
    again = unpack(pack(PACKED), "ruler", 2)
    assert again.values == {"unit": "cm"}
    assert again.arrays["odd"].tolist() == [0, 1, 2]
    assert again.arrays["real"].tolist() == [[1, 0], [0, 1]]


def test_an_array_may_be_empty() -> None:
    again = unpack(pack(Packed("ruler", 2, {}, {"none": np.empty((0, 3))})), "ruler", 2)
    assert again.arrays["none"].shape == (0, 3)


@pytest.mark.parametrize(("kind", "schema"), [("rule", 2), ("ruler", 1)])
def test_another_kind_or_schema_is_refused(kind: str, schema: int) -> None:
    with pytest.raises(Rejected, match="wanted is"):
        unpack(pack(PACKED), kind, schema)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.integers(0, len(pack(PACKED)) - 1).map(lambda end: pack(PACKED)[:end]))
def test_any_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(Rejected):
        unpack(data, "ruler", 2)


@pytest.mark.parametrize("shape", [[10**9], [2**70], [-1], ["x"], None])
def test_a_header_that_promises_more_than_there_is_is_refused(shape: object) -> None:
    data = pack(PACKED)
    start = 8 + struct.unpack("<I", data[4:8])[0]
    header = json.loads(data[8:start])
    header["arrays"][1]["shape"] = shape
    text = json.dumps(header).encode()
    with pytest.raises(Rejected):
        unpack(data[:4] + struct.pack("<I", len(text)) + text + data[start:], "ruler", 2)


def test_objects_have_no_form_at_rest() -> None:
    with pytest.raises(TypeError):
        pack(Packed("ruler", 1, {}, {"names": np.array(["a"], object)}))
