"""Detector banks in S3: `banks/<shard>`, replaced only under the ETag they were read at; and what is kept like them."""

from typing import Any

from inframind.adapters.aws import code, unavailable_as
from inframind.errors import Conflict
from inframind.identity import content_id
from inframind.ports.detection import StoredBank

PREFIX = "banks/"
LOST = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}  # someone else wrote, is writing, or deleted


class S3Banks:
    """The bank store on an S3 client; `prefix` is the folder of the objects."""

    def __init__(self, client: Any, bucket: str, prefix: str = PREFIX) -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def load(self, shard: int) -> StoredBank:
        """The shard's bank as it is now."""
        with unavailable_as("The bank bucket"):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=f"{self._prefix}{shard}")
                return StoredBank(answer["Body"].read(), answer["ETag"])
            except self._client.exceptions.NoSuchKey:
                return StoredBank(None, None)

    def save(self, shard: int, data: bytes, version: str | None) -> str:
        """Replaces the bank read at `version`; raises `Conflict` if it has moved on."""
        condition = {"IfMatch": version} if version else {"IfNoneMatch": "*"}
        with unavailable_as("The bank bucket"):
            try:
                answer = self._client.put_object(
                    Bucket=self._bucket, Key=f"{self._prefix}{shard}", Body=data, **condition
                )
            except self._client.exceptions.ClientError as error:
                if code(error) in LOST:
                    raise Conflict(f"The bank of shard {shard} has moved on.") from error
                raise
        return str(answer["ETag"])

    def set_aside(self, shard: int, data: bytes) -> str:
        """Keeps an unreadable bank under a name derived from its bytes."""
        key = f"{self._prefix}{shard}.corrupt-{content_id([data])}"
        with unavailable_as("The bank bucket"):
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data)
        return key
