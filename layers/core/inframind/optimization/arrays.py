"""A model as data: named arrays behind a JSON header with a schema version and a checksum. Never a pickle.

    4 bytes "IMA1" · uint32 length of the header (little endian) · header, JSON · the arrays, one after the other

Reading makes views into the bytes: nothing is copied, nothing is executed.
"""

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inframind.errors import Rejected

MAGIC = b"IMA1"
ALIGNED = 8  # views of float64 want their addresses so
KINDS = {"<f8", "<f4", "<i8", "<i4", "<i2", "|u1"}


@dataclass(frozen=True, slots=True)
class Packed:
    """What a container holds: what kind of model it is, its schema, its plain values, its arrays."""

    kind: str
    schema: int
    values: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]


def pack(packed: Packed) -> bytes:
    """The container's bytes; equal contents give equal bytes.

    >>> data = pack(Packed("ruler", 1, {"unit": "cm"}, {"marks": np.arange(3.0)}))
    >>> unpack(data, "ruler", 1).arrays["marks"].tolist()
    [0.0, 1.0, 2.0]
    """
    described, pieces = [], []
    for name in sorted(packed.arrays):
        array = np.ascontiguousarray(packed.arrays[name])
        kind = array.dtype.newbyteorder("<").str
        if kind not in KINDS:
            raise TypeError(f"{name}: arrays of {array.dtype} have no form at rest")
        described.append({"name": name, "dtype": kind, "shape": list(array.shape)})
        pieces.append(_padded(array.astype(kind, copy=False).tobytes()))
    body = b"".join(pieces)
    header = {
        "kind": packed.kind,
        "schema": packed.schema,
        "values": dict(packed.values),
        "arrays": described,
        "crc32": zlib.crc32(body),
    }
    text = json.dumps(header, sort_keys=True, allow_nan=False).encode()
    text += b" " * (-(len(MAGIC) + 4 + len(text)) % ALIGNED)
    return MAGIC + struct.pack("<I", len(text)) + text + body


def unpack(data: bytes, kind: str, schema: int) -> Packed:
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
        return Packed(kind, schema, header["values"], _views(data, start, header["arrays"]))
    except (ValueError, KeyError, TypeError) as error:
        raise Rejected(f"The model's header cannot be read: {error}") from error


def _views(data: bytes, start: int, described: list[dict[str, Any]]) -> dict[str, NDArray[Any]]:
    views = {}
    for one in described:
        if one["dtype"] not in KINDS:
            raise ValueError(f"arrays of {one['dtype']} are unknown")
        dtype, shape = np.dtype(one["dtype"]), tuple(int(size) for size in one["shape"])
        if any(size < 0 for size in shape):
            raise ValueError("an array cannot have less than nothing")
        size = prod(shape) * dtype.itemsize
        if start + size > len(data):
            raise ValueError("an array cannot be longer than what there is")
        views[str(one["name"])] = np.frombuffer(data, dtype, prod(shape), start).reshape(shape)
        start += len(range(0, size, ALIGNED)) * ALIGNED
    return views


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % ALIGNED)
