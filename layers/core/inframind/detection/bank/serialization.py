"""Named arrays and byte strings in one packed block: versioned, compressed, checksummed, and never a pickle.

Layout: magic `IMBK`, version (u16), blake2b-128 of the rest; the rest is the length (u32) of the index, the index in
JSON, deflated from the words that are in every index, and zstd of the parts end to end. Until version 3 all of the
rest was zstd, the index plain: more than a third of a single series' state.
"""

import hashlib
import json
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import cramjam
import numpy as np
from numpy.typing import NDArray

from inframind.errors import Rejected

VERSION = 4  # raise it with every change of what is kept, and add a step to migrations.py
MAGIC = b"IMBK"
HEAD = struct.Struct("<4sH16s")
LENGTH = struct.Struct("<I")
LEVEL = 1  # zstd: state is mostly noise in its mantissas; higher levels cost time and win nothing

INDEX_INSIDE = 3  # the last version whose index was compressed with the parts
RAW = -15  # deflate without a header of its own
# What an index is deflated from: that of a single series. Part of the format: a new version may have other words.
WORDS = (
    b'{"arrays":[["newest_ms","<i8",[1]],["raw_mean","<f8",[1]],["raw_var","<f8",[1]],["n","<f8",[1]],["first_ms","<i8'
    b'",[1]],["level","<f8",[1]],["mean","<f8",[1]],["var","<f8",[1]],["spread","<f8",[2,1]],["daily","<f4",[48,1]],["'
    b'daily_n","|u1",[48,1]],["weekly","<f4",[28,1]],["weekly_n","|u1",[28,1]],["means","<f8",[2,5,1]],["rough","<f8",'
    b'[2,4,1]],["low","<f8",[2,6,1]],["high","<f8",[2,6,1]],["usual","<f4",[2,6,1]],["unsteady","<f4",[2,6,1]],["alert'
    b'_open","|u1",[1]],["alert_calm","|u1",[1]],["alert_pending","|u1",[1]],["alert_since","<i2",[1]],["alert_peak","'
    b'<f4",[1]],["alert_bar","<f4",[1]],["trigger","|u1",[1]],["recovery","|u1",[1]],["lenience","<f4",[1]],["told","|'
    b'u1",[1]],["lately","<f4",[2,1]],["direction","|i1",[1]],["least_change","<f8",[1]],["least_share","<f4",[1]],["a'
    b'lert_kind","|u1",[1]],["keys/lengths","<u4",[1]],["batches/lengths","<u4",[0]]],"blobs":[["extra/",0],["keys",6]'
    b',["batches",0]]}'
)

Array = NDArray[np.generic]


class BankCorrupt(Rejected):
    """The bytes are not a bank, are of a version from the future, or were damaged."""


@dataclass(slots=True)
class Contents:
    """What a packed block holds: arrays by name, byte strings by name, and the version that wrote it."""

    arrays: dict[str, Array] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    version: int = VERSION


def pack(contents: Contents) -> bytes:
    """The contents as bytes; equal contents give equal bytes.

    >>> unpack(pack(Contents({"mean": np.array([1.5])}, {"note": b"x"}))).arrays["mean"].tolist()
    [1.5]
    """
    index = {
        "arrays": [[name, a.dtype.str, list(a.shape)] for name, a in contents.arrays.items()],
        "blobs": [[name, len(blob)] for name, blob in contents.blobs.items()],
    }
    head = json.dumps(index, separators=(",", ":")).encode()
    parts = [np.ascontiguousarray(a).tobytes() for a in contents.arrays.values()]
    packed = bytes(cramjam.zstd.compress(b"".join([*parts, *contents.blobs.values()]), level=LEVEL))
    deflate = zlib.compressobj(zlib.Z_BEST_COMPRESSION, zlib.DEFLATED, RAW, zdict=WORDS)
    small = deflate.compress(head) + deflate.flush()
    body = LENGTH.pack(len(small)) + small + packed
    return HEAD.pack(MAGIC, VERSION, _checksum(body)) + body


def unpack(data: bytes) -> Contents:
    """What `pack` was given, arrays owned and writable. Raises `BankCorrupt` on anything doubtful."""
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
    contents = _parts(*(_opened_once(body) if version <= INDEX_INSIDE else _opened(body)))
    contents.version = version
    return contents


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()


def _opened_once(body: bytes) -> tuple[bytes, bytes]:
    """Index and parts of a version that compressed them together."""
    payload = bytes(cramjam.zstd.decompress(body))
    (length,) = LENGTH.unpack_from(payload)
    return payload[LENGTH.size : LENGTH.size + length], payload[LENGTH.size + length :]


def _opened(body: bytes) -> tuple[bytes, bytes]:
    (length,) = LENGTH.unpack_from(body)
    index, packed = body[LENGTH.size : LENGTH.size + length], body[LENGTH.size + length :]
    return zlib.decompressobj(RAW, zdict=WORDS).decompress(index), bytes(cramjam.zstd.decompress(packed))


def _parts(head: bytes, payload: bytes) -> Contents:
    index: Mapping[str, list[list[object]]] = json.loads(head)
    start = 0
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
