"""Access keys: minted once, kept as salted hashes, checked against the role a path needs.

A key reads `im_<id>_<secret>`. The secret carries 192 random bits, so one salted hash is as good as a slow one.
An operator may bring a bootstrap key of any form; its id is derived from the key itself.
"""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime

from inframind.errors import Forbidden, Unauthenticated
from inframind.records import AccessKey, Role

TOKEN = re.compile(r"im_([0-9a-f]{12})_([A-Za-z0-9_-]{32})")
MAX_TOKEN_LENGTH = 512

GRANTS = {
    Role.INGEST: {Role.INGEST},
    Role.VIEWER: {Role.VIEWER},
    Role.OPERATOR: {Role.OPERATOR, Role.VIEWER, Role.INGEST},
    Role.ADMIN: set(Role),
}
"""What each role reaches. An ingest key sits in many configuration files, so it cannot read."""


def mint(
    name: str,
    role: Role,
    now: datetime,
    random: Callable[[int], bytes] = secrets.token_bytes,
    *,
    key_id: str | None = None,
) -> tuple[AccessKey, str]:
    """A new key and its token; the token is shown once and cannot be had again.

    `key_id`, 12 hex digits, fixes the id; else it is random.
    """
    token = f"im_{key_id or random(6).hex()}_{urlsafe_b64encode(random(24)).decode()}"
    return keep(token, name, role, now, random), token


def keep(
    token: str, name: str, role: Role, now: datetime, random: Callable[[int], bytes] = secrets.token_bytes
) -> AccessKey:
    """The record by which `token` is recognised later."""
    salt = random(16).hex()
    return AccessKey(id=key_id(token), name=name, role=role, salt=salt, digest=_digest(token, salt), created_at=now)


def key_id(token: str) -> str:
    """The id under which a token's record is found.

    >>> key_id("im_0123456789ab_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    '0123456789ab'
    """
    match = TOKEN.fullmatch(token)
    return match[1] if match else "own-" + hashlib.blake2b(token.encode(), digest_size=6).hexdigest()


def check(key: AccessKey | None, token: str, needed: Role | None, now: datetime) -> AccessKey:
    """The key, if `token` is its token, it is in force, and its role reaches `needed` (None: any role will do).

    Raises `Unauthenticated` (unknown, wrong, revoked, expired) or `Forbidden` (role).
    """
    if key is None or not hmac.compare_digest(key.digest, _digest(token, key.salt)):
        raise Unauthenticated(
            "This key is not known here. Whoever has a key of role admin makes others with POST /api/v1/auth/keys."
        )
    if key.revoked_at is not None and key.revoked_at <= now:
        raise Unauthenticated(f"Key {key.id} was revoked.")
    if key.expires_at is not None and key.expires_at <= now:
        raise Unauthenticated(f"Key {key.id} has expired.")
    if needed is not None and needed not in GRANTS[key.role]:
        raise Forbidden(f"Key {key.id} has role '{key.role}'; this path needs '{needed}'.")
    return key


def _digest(token: str, salt: str) -> str:
    return hashlib.blake2b(token.encode(), salt=bytes.fromhex(salt), digest_size=32).hexdigest()
