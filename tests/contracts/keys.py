"""DynamoDB's refusal of keys that are too long, which moto takes."""

from typing import Any

from botocore.exceptions import ClientError

MOST = {"pk": 2_048, "sk": 1_024}
PARTITIONS = (":pk", ":part", ":list")


def strict(client: Any) -> Any:
    """The client, refusing what DynamoDB refuses to look for."""
    client.meta.events.register("provide-client-params.dynamodb", _refuse)
    return client


def _refuse(params: dict[str, Any], **_event: Any) -> None:
    key, values = params.get("Key", {}), params.get("ExpressionAttributeValues", {})
    sizes = [(_size(key[name]), most) for name, most in MOST.items() if name in key]
    sizes += [(_size(values[name]), MOST["pk"]) for name in PARTITIONS if name in values]
    if any(size > most for size, most in sizes):
        raise ClientError({"Error": {"Code": "ValidationException"}}, "of a key")


def _size(value: dict[str, str]) -> int:
    return len(value["S"].encode())
