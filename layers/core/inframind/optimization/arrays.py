"""A model as data: named arrays in a container (see `containers`). Never a pickle.

Reading makes views into the bytes: nothing is copied, nothing is executed.
"""

import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inframind.optimization.containers import ALIGNED, MAGIC, SIZES, opened


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
        if kind not in SIZES:
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
    found = opened(data, kind, schema)
    views = {name: np.frombuffer(part.data, part.dtype).reshape(part.shape) for name, part in found.parts.items()}
    return Packed(kind, schema, found.values, views)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % ALIGNED)
