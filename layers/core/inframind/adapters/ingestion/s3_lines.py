"""Lines at rest in S3: `lines/<shard>/<hour>/<written>-<first>-<last>-<services>-<name>`; the bucket's rule ends them.

The name says which times and services an object holds, so that a search reads only what may hold what it looks for.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from inframind.adapters.at_once import at_once
from inframind.adapters.aws import unavailable_as
from inframind.ingestion.logs.at_rest import LinesKey

PREFIX = "lines/"
MANY = "many"
SERVICES_NAMED = 60  # a key takes 1,024 bytes
STORE = "The store of lines"
SHAPE = re.compile(r"lines/(\d+)/(\d+)/(\d+)-(\d+)-(\d+)-([0-9a-f.]+|many)-([0-9a-f]+)")


class S3Lines:
    """The line store on an S3 client."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep(self, objects: Mapping[LinesKey, bytes]) -> None:
        """Keeps objects; the same key again changes nothing."""
        with unavailable_as(STORE):
            at_once(lambda one: self._put(*one), objects.items())

    def keys(self, shard: int, hour: int) -> Sequence[LinesKey]:
        """The objects of a shard and an hour, oldest first."""
        found: list[LinesKey] = []
        request: dict[str, Any] = {"Bucket": self._bucket, "Prefix": f"{PREFIX}{shard}/{hour}/"}
        with unavailable_as(STORE):
            while True:
                answer = self._client.list_objects_v2(**request)
                found += filter(None, (_key(one["Key"]) for one in answer.get("Contents", ())))
                if not answer.get("IsTruncated"):
                    return found
                request["ContinuationToken"] = answer["NextContinuationToken"]

    def read(self, key: LinesKey) -> bytes:
        """An object's bytes; empty if it is there no more."""
        with unavailable_as(STORE):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=_name(key))
                return bytes(answer["Body"].read())
            except self._client.exceptions.NoSuchKey:
                return b""

    def _put(self, key: LinesKey, data: bytes) -> None:
        self._client.put_object(Bucket=self._bucket, Key=_name(key), Body=data)


def _name(key: LinesKey) -> str:
    times = f"{key.written_ms:013d}-{key.first_ms:013d}-{key.last_ms:013d}"
    return f"{PREFIX}{key.shard}/{key.hour}/{times}-{_services(key.services)}-{key.name}"


def _services(services: Collection[str] | None) -> str:
    if services is None or not 0 < len(services) <= SERVICES_NAMED:
        return MANY
    return ".".join(sorted(services))


def _key(name: str) -> LinesKey | None:
    found = SHAPE.fullmatch(name)
    if found is None:
        return None
    shard, hour, written, first, last, services, rest = found.groups()
    named = None if services == MANY else frozenset(services.split("."))
    return LinesKey(int(shard), int(hour), int(written), int(first), int(last), named, rest)
