"""Changes of access keys, each with the record that the audit keeps of it."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from inframind.errors import Conflict, Fault, Rejected
from inframind.identity import content_id
from inframind.platform import keys
from inframind.records import AccessKey, AuditRecord, KeyChange, Role, rfc3339

Random = Callable[[int], bytes]
Status = Literal["active", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class Order:
    """The key that somebody wants. With an idempotency key its id is fixed, so the same order makes one key."""

    name: str
    role: Role
    expires_at: datetime | None = None
    idempotency_key: str | None = None


def create(
    order: Order, by: AccessKey, now: datetime, random: Random = secrets.token_bytes
) -> tuple[AccessKey, str, KeyChange]:
    """The ordered key, its token, and the change that makes it. Raises `Rejected` if it would be born expired."""
    if order.expires_at is not None and order.expires_at <= now:
        raise Rejected("The key would never work.", [Fault("body.expires_at", "lies in the past")])
    key, token = keys.mint(order.name, order.role, now, random, key_id=_fixed_id(order, by))
    key = key.model_copy(update={"expires_at": order.expires_at})
    record = _record("key.created", key.id, by, now, f"'{key.name}', role {key.role}")
    return key, token, KeyChange(record=record, created=key)


def rotate(
    key: AccessKey, grace: timedelta, by: AccessKey, now: datetime, random: Random = secrets.token_bytes
) -> tuple[AccessKey, str, KeyChange]:
    """A new key in the place of `key`, its token, and the change that makes it so; `key` works on for `grace`.

    The new key has the name, role and expiry of the old one. Raises `Conflict` if the old one has ended, or has been
    rotated, already: its expiry is then the end of its grace, which is no expiry for a new key.
    """
    if key.rotated_to is not None:
        raise Conflict(f"Key {key.id} was rotated already; key {key.rotated_to} is in its place. Rotate that one.")
    if status(key, now) != "active":
        raise Conflict(f"Key {key.id} is {status(key, now)}; there is nothing to rotate. Create a new key.")
    made, token = keys.mint(key.name, key.role, now, random)
    made = made.model_copy(update={"expires_at": key.expires_at, "rotated_from": key.id, "first": key.holder})
    ends_at = min(now + grace, key.expires_at or now + grace)
    end = {"expires_at": ends_at} if grace else {"revoked_at": now}
    ending = key.model_copy(update={"rotated_to": made.id, **end})
    record = _record("key.rotated", key.id, by, now, f"followed by {made.id}; the old one ends {rfc3339(ends_at)}")
    return made, token, KeyChange(record=record, created=made, replaced=(key, ending))


def revoke(key: AccessKey, by: AccessKey, now: datetime) -> KeyChange | None:
    """The change that ends `key` at once; None if it was revoked before.

    Raises `Conflict` for the caller's own key: whoever could revoke the last admin key would lock everybody out.
    """
    if key.id == by.id:
        raise Conflict(f"Key {key.id} is the one you are calling with. Rotate it, or revoke it with another admin key.")
    if key.revoked_at is not None:
        return None
    record = _record("key.revoked", key.id, by, now, f"'{key.name}', role {key.role}")
    return KeyChange(record=record, replaced=(key, key.model_copy(update={"revoked_at": now})))


def status(key: AccessKey, now: datetime) -> Status:
    """Whether the key works at `now`, and if not, why."""
    if key.revoked_at is not None and key.revoked_at <= now:
        return "revoked"
    if key.expires_at is not None and key.expires_at <= now:
        return "expired"
    return "active"


def _fixed_id(order: Order, by: AccessKey) -> str | None:
    if order.idempotency_key is None:
        return None
    return content_id([by.id.encode(), order.idempotency_key.encode()], 6)


def _record(
    action: Literal["key.created", "key.rotated", "key.revoked"], key_id: str, by: AccessKey, now: datetime, detail: str
) -> AuditRecord:
    return AuditRecord(at=now, actor=by.id, action=action, key_id=key_id, detail=detail)
