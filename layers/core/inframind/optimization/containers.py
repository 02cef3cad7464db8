"""A model's container without numpy: a JSON header with a schema version and a checksum, then its arrays as bytes.

4 bytes "IMA1" · uint32 length of the header (little endian) · header, JSON · the arrays, one after the other
"""

import json
import struct
import zlib
from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

from inframind.errors import Rejected

MAGIC = b"IMA1"
ALIGNED = 8  # views of float64 want their addresses so
SIZES = {"<f8": 8, "<f4": 4, "<i8": 8, "<i4": 4, "<i2": 2, "|u1": 1}  # bytes of an element, by the name of its type


class Part(NamedTuple):
    """An array as it lies in the container: the type of its elements, its shape, its bytes."""

    dtype: str
    shape: tuple[int, ...]
    data: memoryview


class Opened(NamedTuple):
    """A container's plain values and its arrays."""

    values: Mapping[str, Any]
    parts: Mapping[str, Part]


def opened(data: bytes, kind: str, schema: int) -> Opened:
    """The container in the bytes; `Rejected` if there is none of this kind and schema, or its bytes have changed."""
    if len(data) < 8 or data[:4] != MAGIC:
        raise Rejected("This is not a packed model.")
    start = 8 + struct.unpack("<I", data[4:8])[0]
    try:
        header = json.loads(data[8:start])
        found = header["kind"], header["schema"]
        if found != (kind, schema):
            raise Rejected(f"This is a model of kind {found[0]}, schema {found[1]}; wanted is {kind}, schema {schema}.")
        if zlib.crc32(memoryview(data)[start:]) != header["crc32"]:
            raise Rejected("The model's checksum does not fit its bytes.")
        return Opened(header["values"], _parts(data, start, header["arrays"]))
    except (ValueError, KeyError, TypeError) as error:
        raise Rejected(f"The model's header cannot be read: {error}") from error


def _parts(data: bytes, start: int, described: list[dict[str, Any]]) -> dict[str, Part]:
    parts, whole = {}, memoryview(data)
    for one in described:
        if one["dtype"] not in SIZES:
            raise ValueError(f"arrays of {one['dtype']} are unknown")
        shape = tuple(int(size) for size in one["shape"])
        if any(size < 0 for size in shape):
            raise ValueError("an array cannot have less than nothing")
        size = prod(shape) * SIZES[one["dtype"]]
        if start + size > len(data):
            raise ValueError("an array cannot be longer than what there is")
        parts[str(one["name"])] = Part(one["dtype"], shape, whole[start : start + size])
        start += len(range(0, size, ALIGNED)) * ALIGNED
    return parts
