"""Joins ports and adapters: the one place that knows both. Everything is made on first use and kept."""

from functools import cache
from typing import TYPE_CHECKING, Any

from inframind.settings import settings

if TYPE_CHECKING:
    from inframind import ports


@cache
def client(service: str) -> Any:
    """A client of an AWS service: boto3's, or the lean one at the door of telemetry, where imports are time."""
    if settings().lean_client:
        from inframind.adapters.lean_aws import LeanClient

        return LeanClient(service)
    from inframind.adapters.aws import boto_client

    return boto_client(service)


@cache
def key_store() -> "ports.KeyStore":
    """Access keys."""
    from inframind.adapters.dynamo_keys import DynamoKeys

    return DynamoKeys(client("dynamodb"), settings().access_table)


@cache
def counters() -> "ports.CounterStore":
    """Counters that outlive every instance."""
    from inframind.adapters.dynamo_counters import DynamoCounters

    return DynamoCounters(client("dynamodb"), settings().counters_table)


def reset() -> None:
    """Forgets everything made so far; for tests, which change the environment."""
    for made in (client, key_store, counters):
        made.cache_clear()
    settings.cache_clear()
