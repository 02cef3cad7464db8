"""Frames that nobody could read, in S3 beside the banks: `quarantine/<content id>`, the reason as metadata."""

from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.identity import content_id

REASON_LENGTH = 500  # S3 takes 2 KB of metadata


class S3Quarantine:
    """The quarantine as objects of a bucket."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def set_aside(self, data: bytes, reason: str) -> None:
        """Keeps the bytes with the reason; the same bytes are one object."""
        told = reason[:REASON_LENGTH].encode("ascii", "backslashreplace").decode()
        with unavailable_as("The quarantine"):
            self._client.put_object(
                Bucket=self._bucket, Key=f"quarantine/{content_id([data])}", Body=data, Metadata={"reason": told}
            )
