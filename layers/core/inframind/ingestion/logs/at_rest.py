"""Lines at rest: an object holds packages as they came, each with the ids of its lines' templates; and finding them."""

import json
import struct
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import cramjam

from inframind.frame_bundles import unbundle
from inframind.frames import FrameUnreadable
from inframind.identity import content_id
from inframind.ingestion.logs.lines import LogLine
from inframind.ingestion.logs.packing import LinesUnreadable, Packed, unpack

LENGTH = struct.Struct("<I")  # as in a bundle of frames, without its limit
IDS_LIMIT = 16_000_000  # bytes of ids, inflated

Package = tuple[bytes, Packed]


@dataclass(frozen=True, slots=True)
class LinesKey:
    """An object of lines: its shard and hour, when it was written, the times and the services (digests) it holds.

    `services` None: too many to name; `name` follows from the content.
    """

    shard: int
    hour: int
    written_ms: int
    first_ms: int
    last_ms: int
    services: frozenset[str] | None
    name: str


@dataclass(frozen=True, slots=True)
class Query:
    """Which lines: in [start, end), and, each if given, of a service, a level, a template, and with a text in them."""

    start_ms: int
    end_ms: int
    service: str | None = None
    level: str | None = None
    template_id: str | None = None
    text: str | None = None

    def may_be_in(self, key: LinesKey) -> bool:
        """Whether an object could hold such lines, by its key."""
        if key.last_ms < self.start_ms or key.first_ms >= self.end_ms:
            return False
        return self.service is None or key.services is None or service_digest(self.service) in key.services

    def matches(self, line: LogLine, template_id: str) -> bool:
        """Whether a line is one of them."""
        return (
            self.start_ms <= line.time_ms < self.end_ms
            and self.service in (None, line.service)
            and self.level in (None, line.level)
            and self.template_id in (None, template_id)
            and (self.text is None or self.text.casefold() in line.message.casefold())
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A line that was looked for, its id, and the id of its template."""

    id: str
    line: LogLine
    template_id: str


def service_digest(service: str) -> str:
    """What stands for a service in the key of an object."""
    return content_id([service.encode(errors="replace")], size=4)


def objects(packages: Sequence[Package], ids: Sequence[Sequence[str]], now_ms: int) -> dict[LinesKey, bytes]:
    """The packages, with the templates of their lines, as one object for each shard and hour."""
    places: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, (_, letter) in enumerate(packages):
        if letter.lines:
            places[letter.shard, letter.hour].append(number)
    made = {}
    for (shard, hour), numbers in places.items():
        parts = [part for number in numbers for part in (_ids_block(ids[number]), packages[number][0])]
        data = b"".join(LENGTH.pack(len(part)) + part for part in parts)
        lines = [line for number in numbers for line in packages[number][1].lines]
        times = [line.time_ms for line in lines]
        services = frozenset(service_digest(service) for service in {line.service for line in lines})
        key = LinesKey(shard, hour, now_ms, min(times), max(times), services, content_id([data], size=8))
        made[key] = data
    return made


def found_in(data: bytes, query: Query) -> list[Found]:
    """The lines of an object that are looked for, latest first; what of it cannot be read is passed over."""
    hits: list[Found] = []
    for block, package in _parts(data):
        try:
            hits += _hits(package, _ids(block), query)
        except (LinesUnreadable, cramjam.DecompressionError, struct.error, ValueError, IndexError, TypeError):
            continue
    return sorted(hits, key=lambda hit: (-hit.line.time_ms, hit.id))


def _hits(package: bytes, ids: Sequence[str], query: Query) -> list[Found]:
    digest = content_id([package], size=8)
    lines = zip(unpack(package).lines, ids, strict=True)
    return [
        Found(f"{digest}-{place}", line, template_id)
        for place, (line, template_id) in enumerate(lines)
        if query.matches(line, template_id)
    ]


def _parts(data: bytes) -> Iterable[tuple[bytes, bytes]]:
    try:
        parts = unbundle(data)
    except FrameUnreadable:
        return []
    return zip(parts[::2], parts[1::2], strict=False)


def _ids_block(ids: Sequence[str]) -> bytes:
    known = {name: place for place, name in enumerate(dict.fromkeys(ids))}
    raw = json.dumps([list(known), [known[name] for name in ids]], separators=(",", ":")).encode()
    return LENGTH.pack(len(raw)) + bytes(cramjam.zstd.compress(raw, level=1))


def _ids(block: bytes) -> list[str]:
    (size,) = LENGTH.unpack_from(block)
    if size > IDS_LIMIT:
        raise ValueError("larger than any that is kept")
    raw = bytearray(size)
    cramjam.zstd.decompress_into(block[LENGTH.size :], raw)
    names, places = json.loads(raw)
    return [str(names[place]) for place in places]
