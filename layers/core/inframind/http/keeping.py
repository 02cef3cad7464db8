"""What the routes of everything that people configure share: ids, times, Idempotency-Key, 404 and 409."""

import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from fastapi import Header
from pydantic import BaseModel

from inframind import wiring
from inframind.errors import Conflict, NotFound
from inframind.identity import content_id
from inframind.records import AccessKey, AuditRecord, CallAction, DetectorAction, NoticeAction, from_ms, to_ms

if TYPE_CHECKING:
    from inframind.ports.shelf import Shelf

MOST = 200  # of each kind: a batch of facts, and the scorer, read them all
DETAIL_CHARS = 300
OWN = {"id", "created_at", "updated_at", "created_by"}

T = TypeVar("T", bound=BaseModel)
IdempotencyKey = Annotated[
    str | None,
    Header(description="Sent again by the same caller with the same body, it makes no second one.", max_length=255),
]


def birth(caller: AccessKey, idempotency_key: str | None) -> dict[str, Any]:
    """The id and times of something new; with an Idempotency-Key, the id is always the same."""
    now = present()
    fixed = content_id([caller.id.encode(), idempotency_key.encode()], 6) if idempotency_key else secrets.token_hex(6)
    return {"id": fixed, "created_at": now, "updated_at": now}


def present() -> datetime:
    """Now, in milliseconds, as it is written."""
    return from_ms(to_ms(datetime.now(UTC)))


def create(shelf: "Shelf[T]", item: T, word: str) -> T:
    """The item, kept; or the one that the same Idempotency-Key made. Raises `Conflict` if that one is different."""
    item_id = _id(item)
    known = shelf.get(item_id)
    if known is None and len(shelf.all()) >= MOST:
        raise Conflict(f"There are {MOST} {word}s already. Delete one.")
    kept = known or shelf.create(item)
    if _asked(kept) != _asked(item):
        raise Conflict(f"This Idempotency-Key made {word} {item_id}, which is different.")
    return kept


def note(caller: AccessKey, action: NoticeAction | CallAction | DetectorAction, subject: str, detail: str) -> None:
    """Keeps who changes what, before it is changed: nothing goes unrecorded, though what then fails is recorded too."""
    record = AuditRecord(at=present(), actor=caller.id, action=action, subject=subject, detail=detail[:DETAIL_CHARS])
    wiring.key_store().note(record)


def known(shelf: "Shelf[T]", item_id: str, word: str) -> T:
    """The item; raises `NotFound`."""
    found = shelf.get(item_id)
    if found is None:
        raise unknown(item_id, word)
    return found


def unknown(item_id: str, word: str) -> NotFound:
    """There is none of that id."""
    return NotFound(f"There is no {word} {item_id}.")


def shown(example: Any, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """An example of an answer, for OpenAPI."""
    return {status: {"content": {"application/json": {"example": example}}}}


def taken(example: Any) -> dict[str, Any]:
    """An example of a body, for OpenAPI."""
    return {"requestBody": {"content": {"application/json": {"example": example}}}}


def _asked(item: BaseModel) -> dict[str, Any]:
    return item.model_dump(exclude=OWN)


def _id(item: Any) -> str:
    return str(item.id)
