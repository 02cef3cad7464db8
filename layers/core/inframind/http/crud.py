"""Creating and finding what people configure: ids, times, Idempotency-Key, 404 and 409."""

import secrets
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from fastapi import Header
from pydantic import BaseModel

from inframind.errors import Conflict, NotFound
from inframind.identity import content_id
from inframind.ports.paging import Page
from inframind.records import AccessKey
from inframind.usecases import clock

if TYPE_CHECKING:
    from inframind.ports.configuration import ConfigStore

MAX_ITEMS = 200  # of each kind: a batch of facts, and the scorer, read them all
SERVER_FIELDS = {"id", "created_at", "updated_at", "created_by"}
"""Fields that the server fills in; whatever else differs is a different request."""

T = TypeVar("T", bound=BaseModel)
IdempotencyKey = Annotated[
    str | None,
    Header(description="Sent again by the same caller with the same body, it makes no second one.", max_length=255),
]


def creation_fields(caller: AccessKey, idempotency_key: str | None) -> dict[str, Any]:
    """The id and times of a new item. One Idempotency-Key of one caller always gives the same id."""
    now = clock.now()
    fixed = content_id([caller.id.encode(), idempotency_key.encode()], 6) if idempotency_key else secrets.token_hex(6)
    return {"id": fixed, "created_at": now, "updated_at": now}


def create(store: "ConfigStore[T]", item: T, word: str) -> T:
    """The item, kept; or the one that the same Idempotency-Key made. Raises `Conflict` if that one is different."""
    item_id = _id(item)
    existing = store.get(item_id)
    if existing is None and _number(store.all()) >= MAX_ITEMS:
        raise Conflict(f"There are {MAX_ITEMS} {word}s already. Delete one.")
    kept = existing or store.create(item)
    if _requested(kept) != _requested(item):
        raise Conflict(f"This Idempotency-Key made {word} {item_id}, which is different.")
    return kept


def found(store: "ConfigStore[T]", item_id: str, word: str) -> T:
    """The item; raises `NotFound`."""
    item = store.get(item_id)
    if item is None:
        raise not_found(item_id, word)
    return item


def not_found(item_id: str, word: str) -> NotFound:
    """The 404 of an id that no item has."""
    return NotFound(f"There is no {word} {item_id}.")


def _number(page: Page[T]) -> int:
    return len(page.items) + len(page.damaged)


def _requested(item: BaseModel) -> dict[str, Any]:
    return item.model_dump(exclude=SERVER_FIELDS)


def _id(item: Any) -> str:
    return str(item.id)
