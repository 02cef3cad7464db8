"""Models in S3: `models/<version>`, and `models/<kind>.json`, replaced only under the ETag it was read at."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from inframind.adapters.aws import code, unavailable_as
from inframind.errors import Conflict, NotFound
from inframind.optimization.versions import Kind, Ledger
from inframind.ports.optimization import StoredLedger

PREFIX = "models/"
LOST = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}  # someone else wrote, is writing, or deleted


class S3Models:
    """The model store on an S3 client."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def load(self, kind: Kind) -> StoredLedger:
        """The ledger as it is now."""
        with unavailable_as("The model bucket"):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=f"{PREFIX}{kind}.json")
            except self._client.exceptions.NoSuchKey:
                return StoredLedger(Ledger(kind=kind), None)
            return StoredLedger(Ledger.read(answer["Body"].read()), answer["ETag"])

    def save(self, ledger: Ledger, tag: str | None) -> str:
        """Replaces the ledger read at `tag`; raises `Conflict` if it has moved on."""
        condition = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
        body = ledger.model_dump_json().encode()
        with unavailable_as("The model bucket"):
            try:
                answer = self._client.put_object(
                    Bucket=self._bucket, Key=f"{PREFIX}{ledger.kind}.json", Body=body, **condition
                )
            except self._client.exceptions.ClientError as error:
                if code(error) in LOST:
                    raise Conflict(f"The versions of {ledger.kind} have moved on.") from error
                raise
        return str(answer["ETag"])

    def put(self, version: str, data: bytes) -> None:
        """Keeps the bytes of a version; a version that is there already stays as it is."""
        with unavailable_as("The model bucket"):
            try:
                self._client.put_object(Bucket=self._bucket, Key=f"{PREFIX}{version}", Body=data, IfNoneMatch="*")
            except self._client.exceptions.ClientError as error:
                if code(error) not in LOST:
                    raise

    def data(self, version: str) -> bytes:
        """The bytes of a version. Raises `NotFound` if there are none."""
        with unavailable_as("The model bucket"):
            try:
                answer = self._client.get_object(Bucket=self._bucket, Key=f"{PREFIX}{version}")
            except self._client.exceptions.NoSuchKey as error:
                raise NotFound(f"There is no model {version}.") from error
            found: bytes = answer["Body"].read()
            return found

    def prune(self, kind: Kind, needed: Collection[str], before: datetime) -> None:
        """Deletes the bytes of a kind's versions, kept before then, that are not needed: one page of the list."""
        with unavailable_as("The model bucket"):
            answer = self._client.list_objects_v2(Bucket=self._bucket, Prefix=f"{PREFIX}{kind}-")
            for found in answer.get("Contents", ()):
                if found["Key"].removeprefix(PREFIX) not in needed and found["LastModified"] < before:
                    self._client.delete_object(Bucket=self._bucket, Key=found["Key"])
