"""Lines packed for the queue and at rest: of one shard and one hour, as columns, compressed, with a checksum.

Layout: magic `IML1`, CRC-32 of the rest; the rest is the size of the columns, and the columns as JSON under zstd.
"""

import json
import struct
import zlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import cramjam

from inframind.errors import Malformed, TooLarge
from inframind.frame_bundles import FRAME_LIMIT
from inframind.identity import shard_of
from inframind.ingestion.logs.lines import LogLine

MAGIC = b"IML1"
HEAD = struct.Struct("<4sII")  # magic, checksum of what follows it, size of the inflated columns
CHECKED_FROM = 8
LEVEL = 3  # of zstd: lines compress to a tenth, and one level more costs more than it wins
HOUR_MS = 3_600_000
PORTION_BYTES = 1_000_000  # of text in one message: a reader of a few lines inflates no more for them
INFLATED_LIMIT = 16_000_000  # the largest that one line in JSON, every character escaped, can be is a hundredth of it
PLACES_LIMIT = 200  # shards times hours in a request: each is a message, and an object at rest


class LinesUnreadable(Malformed):
    """These bytes are no packed lines, or they were damaged."""


@dataclass(frozen=True, slots=True)
class Packed:
    """Lines of one shard whose times lie in one hour (counted since 1970)."""

    shard: int
    hour: int
    lines: tuple[LogLine, ...]


def packed(lines: Iterable[LogLine], shards: int) -> list[bytes]:
    """The lines in as few packages as shards, hours and sizes allow; raises `TooLarge` for too many hours at once."""
    places: dict[tuple[int, int], list[LogLine]] = defaultdict(list)
    known: dict[str, int] = {}
    for line in lines:
        if line.service not in known:
            known[line.service] = shard_of(line.service, shards)
        places[known[line.service], line.time_ms // HOUR_MS].append(line)
    if len(places) > PLACES_LIMIT:
        raise TooLarge(
            f"The request has lines of {len(places)} hours and parts of the platform; the limit is {PLACES_LIMIT}. "
            "Send fewer hours at once."
        )
    return [
        data
        for (shard, hour), group in sorted(places.items(), key=lambda item: item[0])
        for portion in _portions(group)
        for data in _bounded(Packed(shard, hour, tuple(portion)))
    ]


def pack(letter: Packed) -> bytes:
    """The lines as bytes; equal lines give equal bytes.

    >>> line = LogLine(3_600_000, "INFO", "web", "ready")
    >>> unpack(pack(Packed(2, 1, (line,)))).lines == (line,)
    True
    """
    services = list(dict.fromkeys(line.service for line in letter.lines))
    place = {service: number for number, service in enumerate(services)}
    columns = {
        "shard": letter.shard,
        "hour": letter.hour,
        "services": services,
        "service": [place[line.service] for line in letter.lines],
        "time": [line.time_ms - letter.hour * HOUR_MS for line in letter.lines],
        "level": [line.level for line in letter.lines],
        "message": [line.message for line in letter.lines],
        "labels": [line.labels for line in letter.lines],
    }
    raw = json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode()
    rest = struct.pack("<I", len(raw)) + bytes(cramjam.zstd.compress(raw, level=LEVEL))
    return MAGIC + struct.pack("<I", zlib.crc32(rest)) + rest


def unpack(data: bytes) -> Packed:
    """What `pack` was given; raises `LinesUnreadable`, and nothing else, on other bytes."""
    if len(data) < HEAD.size or data[:4] != MAGIC:
        raise LinesUnreadable("not packed lines, or of a later version: unknown first bytes")
    _, checksum, size = HEAD.unpack_from(data)
    if zlib.crc32(memoryview(data)[CHECKED_FROM:]) != checksum:
        raise LinesUnreadable("lines damaged: checksum differs")
    try:
        return _from_columns(json.loads(_inflated(data[HEAD.size :], size)))
    except (KeyError, IndexError, TypeError, ValueError, RecursionError) as error:
        raise LinesUnreadable(f"lines damaged: {type(error).__name__} in their columns") from error


def _portions(lines: Sequence[LogLine]) -> Iterable[list[LogLine]]:
    portion: list[LogLine] = []
    room = PORTION_BYTES
    for line in lines:
        size = len(line.message) + sum(len(name) + len(value) for name, value in line.labels.items()) + 40
        if portion and size > room:
            yield portion
            portion, room = [], PORTION_BYTES
        portion.append(line)
        room -= size
    yield portion


def _bounded(letter: Packed) -> list[bytes]:
    data = pack(letter)
    if len(data) <= FRAME_LIMIT:
        return [data]
    if len(letter.lines) == 1:
        raise TooLarge("One line is larger than a message may be.")
    middle = len(letter.lines) // 2
    halves = (letter.lines[:middle], letter.lines[middle:])
    return [one for half in halves for one in _bounded(Packed(letter.shard, letter.hour, half))]


def _inflated(block: bytes, size: int) -> bytes:
    if size > INFLATED_LIMIT:
        raise LinesUnreadable("lines damaged: larger than any that are packed here")
    raw = bytearray(size)
    try:
        written = cramjam.zstd.decompress_into(block, raw)
    except cramjam.DecompressionError as error:
        raise LinesUnreadable("lines damaged: they do not inflate") from error
    if written != size:
        raise LinesUnreadable("lines damaged: they have the wrong size")
    return bytes(raw)


def _from_columns(columns: dict[str, Any]) -> Packed:
    services, start = columns["services"], columns["hour"] * HOUR_MS
    names = ("time", "level", "service", "message", "labels")
    lines = tuple(
        LogLine(start + time, level, services[service], message, labels)
        for time, level, service, message, labels in zip(*(columns[name] for name in names), strict=True)
    )
    return Packed(int(columns["shard"]), int(columns["hour"]), lines)
