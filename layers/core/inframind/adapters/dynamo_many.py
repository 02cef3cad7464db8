"""Many items of one DynamoDB table in few calls: read together, or written together under their conditions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from inframind.adapters.at_once import at_once
from inframind.adapters.aws import code, unavailable_as

READS = 100  # keys BatchGetItem takes
ACTIONS = 100  # TransactWriteItems takes
ACTIONS_BYTES = 3_000_000  # of the 4 MB that a transaction may take

Item = dict[str, dict[str, Any]]
Group = tuple[Sequence[dict[str, Any]], int]
"""Actions that belong together, and their size in bytes."""


def read_many(
    client: Any, table: str, keys: Mapping[str, Item], what: str = "The series table"
) -> dict[str, Item | None]:
    """The item under each named key, None where there is none; names that DynamoDB was too busy for are left out."""
    names = list(keys)

    def read(part: Sequence[str]) -> dict[str, Item | None]:
        wanted = {"Keys": [keys[name] for name in part], "ConsistentRead": True}
        with unavailable_as(what):
            answer = client.batch_get_item(RequestItems={table: wanted})
        found = {_place(item): item for item in answer["Responses"].get(table, ())}
        skipped = set(map(_place, answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", ())))
        return {name: found.get(_place(keys[name])) for name in part if _place(keys[name]) not in skipped}

    parts = [names[start : start + READS] for start in range(0, len(names), READS)]
    return {name: item for part in at_once(read, parts) for name, item in part.items()}


def write_many(client: Any, groups: Mapping[str, Group]) -> set[str]:
    """The names of the groups that were written. What shares a call is written together or not at all."""

    def write(part: Sequence[str]) -> Sequence[str]:
        actions = [action for name in part for action in groups[name][0]]
        with unavailable_as("The series table"):
            try:
                client.transact_write_items(TransactItems=actions)
            except client.exceptions.ClientError as error:
                if code(error) != "TransactionCanceledException":
                    raise
                return ()
        return part

    return {name for part in _calls(groups) for name in write(part)}


def _calls(groups: Mapping[str, Group]) -> Iterator[list[str]]:
    """Names of groups that fit in one transaction."""
    part: list[str] = []
    actions = size = 0
    for name, (group, size_of_group) in groups.items():
        if part and (actions + len(group) > ACTIONS or size + size_of_group > ACTIONS_BYTES):
            yield part
            part, actions, size = [], 0, 0
        part.append(name)
        actions, size = actions + len(group), size + size_of_group
    if part:
        yield part


def _place(item: Item) -> tuple[str, str]:
    return str(item["pk"]["S"]), str(item["sk"]["S"])
