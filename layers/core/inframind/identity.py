"""Who a sample belongs to: resource, series, shard. Free of dependencies, for the hot path."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

RESOURCE_LABELS = ("resource_id", "service", "service.name", "instance", "job")
SERVICE_LABELS = ("service", "service.name", "service_name")
"""Labels that name the service behind a resource; a resource without them is taken for the service itself."""
UNKNOWN_RESOURCE = "unknown"
HIDDEN = r"\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069"
"""What no name holds, as a class of a regular expression: control characters, ends of lines, what turns the direction
of text. Joiners without width may stand: there are languages that are written with them."""
VISIBLE = f"^[^{HIDDEN}]*$"


@dataclass(frozen=True, slots=True)
class SeriesId:
    """One series: its resource, its metric, and the remaining labels, sorted by name.

    >>> SeriesId.of("up", {"job": "node", "instance": "db-1:9100"})
    SeriesId(resource='db-1:9100', metric='up', labels=(('job', 'node'),))
    """

    resource: str
    metric: str
    labels: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, metric: str, labels: dict[str, str]) -> "SeriesId":
        """The series of `metric` under a sender's labels; empty label values count as absent."""
        named = next((name for name in RESOURCE_LABELS if labels.get(name)), None)
        rest = ((name, value) for name, value in labels.items() if name != named and value)
        return cls(labels[named] if named else UNKNOWN_RESOURCE, metric, tuple(sorted(rest)))

    @classmethod
    def from_bytes(cls, resource: str, key: bytes) -> "SeriesId":
        """The series that `key` names inside `resource`; the inverse of `to_bytes`."""
        metric, *rest = key.decode().split("\0")
        return cls(resource, metric, tuple(zip(rest[::2], rest[1::2], strict=True)))

    def to_bytes(self) -> bytes:
        """The series' name inside its resource: metric, names and values joined by NUL.

        NUL is refused at the door in every name and value, so the form is unambiguous.

        >>> SeriesId("db-1", "up", (("job", "node"),)).to_bytes()
        b'up\\x00job\\x00node'
        """
        return "\0".join((self.metric, *(part for pair in self.labels for part in pair))).encode()


def service_of(resource: str, labels: Mapping[str, str]) -> str:
    """The service that a series of `resource` with the remaining `labels` tells of.

    >>> service_of("pod-1", {"service_name": "auth"}), service_of("auth", {})
    ('auth', 'auth')
    """
    return next((labels[name] for name in SERVICE_LABELS if labels.get(name)), resource)


def series_digest(resource: str, key: bytes) -> bytes:
    """16 bytes that stand for one series of one resource wherever its full name would be too long."""
    return hashlib.blake2b(b"\0\0".join((resource.encode(), key)), digest_size=16).digest()


def shard_of(resource: str, shards: int) -> int:
    """The shard, 0 to shards - 1, in which all series of `resource` live; the same on every machine.

    >>> shard_of("server-001", 1)
    0
    """
    return int.from_bytes(hashlib.blake2b(resource.encode(), digest_size=8).digest(), "big") % shards


def content_id(parts: Iterable[bytes], size: int = 16) -> str:
    """A hex id derived from content alone: the same content delivered twice has the same id."""
    digest = hashlib.blake2b(digest_size=size)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
