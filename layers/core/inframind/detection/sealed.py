"""Named arrays and byte strings in one sealed block: versioned, compressed, checksummed, and never a pickle.

Layout: magic `IMBK`, version (u16), blake2b-128 of the rest; the rest is zstd of the index's length (u32),
the index in JSON, and the parts end to end.
"""

import hashlib
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

import cramjam
import numpy as np
from numpy.typing import NDArray

from inframind.errors import Rejected

VERSION = 3  # raise it with every change of what is kept, and add a step to migrations.py
MAGIC = b"IMBK"
HEAD = struct.Struct("<4sH16s")
LENGTH = struct.Struct("<I")
LEVEL = 1  # zstd: state is mostly noise in its mantissas; higher levels cost time and win nothing

Array = NDArray[np.generic]


class BankCorrupt(Rejected):
    """The bytes are not a bank, are of a version from the future, or were damaged."""


@dataclass(slots=True)
class Contents:
    """What a sealed block holds: arrays by name, byte strings by name, and the version that wrote it."""

    arrays: dict[str, Array] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    version: int = VERSION


def seal(contents: Contents) -> bytes:
    """The contents as bytes; equal contents give equal bytes.

    >>> unseal(seal(Contents({"mean": np.array([1.5])}, {"note": b"x"}))).arrays["mean"].tolist()
    [1.5]
    """
    index = {
        "arrays": [[name, a.dtype.str, list(a.shape)] for name, a in contents.arrays.items()],
        "blobs": [[name, len(blob)] for name, blob in contents.blobs.items()],
    }
    head = json.dumps(index, separators=(",", ":")).encode()
    parts = [np.ascontiguousarray(a).tobytes() for a in contents.arrays.values()]
    body = bytes(
        cramjam.zstd.compress(b"".join([LENGTH.pack(len(head)), head, *parts, *contents.blobs.values()]), level=LEVEL)
    )
    return HEAD.pack(MAGIC, VERSION, _checksum(body)) + body


def unseal(data: bytes) -> Contents:
    """What `seal` was given, arrays owned and writable. Raises `BankCorrupt` on anything doubtful."""
    if len(data) < HEAD.size:
        raise BankCorrupt("not a bank: too short")
    magic, version, checksum = HEAD.unpack_from(data)
    if magic != MAGIC:
        raise BankCorrupt("not a bank: unknown first bytes")
    if not 1 <= version <= VERSION:
        raise BankCorrupt(f"bank of version {version}: this program reads versions 1 to {VERSION}")
    body = data[HEAD.size :]
    if _checksum(body) != checksum:
        raise BankCorrupt("bank damaged: checksum differs")
    contents = _parts(bytes(cramjam.zstd.decompress(body)))
    contents.version = version
    return contents


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()


def _parts(payload: bytes) -> Contents:
    (length,) = LENGTH.unpack_from(payload)
    start = LENGTH.size
    index: Mapping[str, list[list[object]]] = json.loads(payload[start : start + length])
    start += length
    contents = Contents()
    for name, dtype, shape in index["arrays"]:
        kind, size = np.dtype(str(dtype)), tuple(_ints(shape))
        count = int(np.prod(size, dtype=np.int64))
        contents.arrays[str(name)] = np.frombuffer(payload, kind, count, start).reshape(size).copy()
        start += count * kind.itemsize
    for name, size_of in index["blobs"]:
        (width,) = _ints([size_of])
        contents.blobs[str(name)] = payload[start : start + width]
        start += width
    return contents


def _ints(values: object) -> list[int]:
    if not isinstance(values, list) or not all(isinstance(v, int) for v in values):
        raise BankCorrupt("bank damaged: index unreadable")
    return [int(v) for v in values]
