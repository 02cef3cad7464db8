"""The miner's state of one shard: its services, the packages it has taken, and what it owes the world.

Layout at rest: magic `IMLM`, version (u16), blake2b-128 of the rest; the rest is JSON under zstd. What is owed stands
inside, so that one conditional write makes learning and telling one step.
"""

import hashlib
import json
import struct
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import cramjam

from inframind.errors import Rejected
from inframind.frames import encode_bounded
from inframind.ingestion.logs.alarms import Fresh, Spike
from inframind.ingestion.logs.lines import LogLine
from inframind.ingestion.logs.minutes import MINUTE_MS, Minute, minute_of
from inframind.ingestion.logs.packing import Packed
from inframind.ingestion.logs.service import GRACE_MS, Service
from inframind.ingestion.logs.templates import Catalogue, Clusters, from_records
from inframind.signals import Signal

MAGIC = b"IMLM"
VERSION = 1  # raise it with every change of what is kept
HEAD = struct.Struct("<4sH16s")
LEVEL = 1  # zstd: written with every batch
DIGEST_BYTES = 8
HEARD = 4_096  # packages remembered: what SQS delivers twice, it delivers within minutes
SERVICES_LIMIT = 300
TEMPLATES_LIMIT = 20_000  # of all services: 12 MB at the most, before compression
INFLATED_LIMIT = 64_000_000
KEPT = ("first_ms", "newest_ms", "heard_ms", "closed_ms", "has_ended", "history", "told_new", "levels", "counted")


class StateCorrupt(Rejected):
    """The bytes are no state of the miner, are of a later version, or were damaged."""


@dataclass(slots=True)
class Owed:
    """What is still to be told: packed frames, signals, and when to look again (0: not at all)."""

    frames: list[bytes] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    look_ms: int = 0

    def __bool__(self) -> bool:
        return bool(self.frames or self.signals or self.look_ms)


@dataclass(slots=True)
class Shard:
    """Everything the miner knows of a shard's services. `clusters` makes what groups the lines of one service."""

    clusters: Callable[[], Clusters]
    services: dict[str, Service] = field(default_factory=dict)
    heard: dict[bytes, None] = field(default_factory=dict)
    owed: Owed = field(default_factory=Owed)
    look_ms: int = 0

    def has_heard(self, package: bytes) -> bool:
        """Whether these bytes were taken in before."""
        return digest_of(package) in self.heard

    def learn(self, packages: Sequence[tuple[bytes, Packed]], now_ms: int) -> list[list[str]]:
        """Takes packages in that were not heard of; the ids of each one's templates, line by line."""
        by_service: dict[str, list[tuple[LogLine, int, int]]] = defaultdict(list)
        found = [[""] * len(letter.lines) for _, letter in packages]
        for number, (_, letter) in enumerate(packages):
            for place, line in enumerate(letter.lines):
                by_service[line.service].append((line, number, place))
        for name, entries in by_service.items():
            entries.sort(key=lambda entry: entry[0].time_ms)
            ids = self._service(name).take([line for line, _, _ in entries], now_ms)
            for (_, number, place), template in zip(entries, ids, strict=True):
                found[number][place] = template
        for data, _ in packages:
            self.heard[digest_of(data)] = None
        self.heard = dict.fromkeys(list(self.heard)[-HEARD:])
        self._make_room()
        self._watch(by_service, now_ms)
        return found

    def look(self, now_ms: int) -> bool:
        """Looks at every service that is awake, if it is time; whether it was."""
        if not self.look_ms or now_ms < self.look_ms:
            return False
        self.look_ms = 0
        self._watch([name for name, one in self.services.items() if one.is_awake], now_ms)
        return True

    def to_bytes(self) -> bytes:
        """The state as bytes."""
        document = {
            "services": {name: _to_record(one) for name, one in self.services.items()},
            "heard": b64encode(b"".join(self.heard)).decode(),
            "frames": [b64encode(frame).decode() for frame in self.owed.frames],
            "signals": [signal.model_dump(mode="json") for signal in self.owed.signals],
            "owed_look_ms": self.owed.look_ms,
            "look_ms": self.look_ms,
        }
        raw = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
        body = struct.pack("<I", len(raw)) + bytes(cramjam.zstd.compress(raw, level=LEVEL))
        return HEAD.pack(MAGIC, VERSION, _checksum(body)) + body

    @classmethod
    def from_bytes(cls, data: bytes, clusters: Callable[[], Clusters]) -> "Shard":
        """What `to_bytes` made; raises `StateCorrupt` on anything doubtful."""
        document = document_of(data)
        try:
            heard = b64decode(document["heard"])
            return cls(
                clusters,
                {name: _from_record(name, one, clusters()) for name, one in document["services"].items()},
                dict.fromkeys(heard[at : at + DIGEST_BYTES] for at in range(0, len(heard), DIGEST_BYTES)),
                Owed(
                    [b64decode(frame) for frame in document["frames"]],
                    [Signal.model_validate(one, extra="ignore") for one in document["signals"]],
                    int(document["owed_look_ms"]),
                ),
                int(document["look_ms"]),
            )
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise StateCorrupt(f"state damaged: {type(error).__name__} in its parts") from error

    def _service(self, name: str) -> Service:
        if name not in self.services:
            self.services[name] = Service(name, Catalogue(self.clusters()))
        return self.services[name]

    def _make_room(self) -> None:
        """Forgets the services that were silent longest, when there are too many, or too many templates."""
        silent = sorted(self.services.values(), key=lambda one: (one.heard_ms, one.name))
        templates = sum(len(one.catalogue) for one in silent)
        while len(silent) > SERVICES_LIMIT or (templates > TEMPLATES_LIMIT and len(silent) > 1):
            gone = silent.pop(0)
            templates -= len(gone.catalogue)
            del self.services[gone.name]

    def _watch(self, names: Iterable[str], now_ms: int) -> None:
        for name in names:
            service = self.services.get(name)
            if service is None:
                continue
            service.watch(now_ms)
            self.owed.frames += [data for frame in service.frames for data in encode_bounded(frame)]
            self.owed.signals += service.signals
            service.frames, service.signals = [], []
        if not self.look_ms and any(one.is_awake for one in self.services.values()):
            self.look_ms = self.owed.look_ms = minute_of(now_ms - GRACE_MS) + MINUTE_MS + GRACE_MS


def digest_of(package: bytes) -> bytes:
    """What is remembered of a package."""
    return hashlib.blake2b(package, digest_size=DIGEST_BYTES).digest()


def document_of(data: bytes) -> dict[str, Any]:
    """The JSON of a state; raises `StateCorrupt`. Enough for reading templates, without anything that groups lines."""
    if len(data) < HEAD.size + 4 or data[:4] != MAGIC:
        raise StateCorrupt("not a state of the miner: unknown first bytes")
    _, version, checksum = HEAD.unpack_from(data)
    if version != VERSION:
        raise StateCorrupt(f"state of version {version}: this program reads version {VERSION}")
    body = data[HEAD.size :]
    if _checksum(body) != checksum:
        raise StateCorrupt("state damaged: checksum differs")
    (size,) = struct.unpack_from("<I", body)
    if size > INFLATED_LIMIT:
        raise StateCorrupt("state damaged: larger than any that is kept")
    raw = bytearray(size)
    try:
        cramjam.zstd.decompress_into(body[4:], raw)
        document = json.loads(raw)
    except (cramjam.DecompressionError, ValueError, RecursionError) as error:
        raise StateCorrupt("state damaged: it cannot be read") from error
    if not isinstance(document, dict):
        raise StateCorrupt("state damaged: it is no object")
    return document


def _checksum(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).digest()


def _to_record(service: Service) -> dict[str, Any]:
    return {name: getattr(service, name) for name in KEPT} | {
        "templates": [template.to_record() for template in service.catalogue.templates],
        "retired": service.catalogue.retired,
        "minutes": {str(at): [minute.levels, minute.templates] for at, minute in service.minutes.items()},
        "spike": asdict(service.spike) if service.spike else None,
        "fresh": {name: asdict(fresh) for name, fresh in service.fresh.items()},
    }


def _from_record(name: str, record: dict[str, Any], clusters: Clusters) -> Service:
    catalogue = Catalogue(clusters, from_records(record["templates"]), record["retired"])
    service = Service(name, catalogue, **{field: record[field] for field in KEPT})
    service.history = [(errors, lines) for errors, lines in service.history]
    service.minutes = {int(at): Minute(*counts) for at, counts in record["minutes"].items()}
    if record["spike"]:
        service.spike = Spike(**record["spike"])
        service.spike.minutes = [(errors, lines) for errors, lines in service.spike.minutes]
    service.fresh = {key: Fresh(**fresh) for key, fresh in record["fresh"].items()}
    return service
