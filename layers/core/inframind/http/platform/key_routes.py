"""The routes of access keys, and of the audit of what was changed with them."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import Response

from inframind import wiring
from inframind.errors import NotFound
from inframind.http.app import needs, refusals
from inframind.http.paging import Cursor, Limit
from inframind.platform import changes, wire
from inframind.records import AccessKey, Role
from inframind.usecases import clock
from inframind.usecases.damage import reported

Admin = Annotated[AccessKey, needs(Role.ADMIN)]
IdempotencyKey = Annotated[
    str | None,
    Header(description="Sent again by the same caller, it makes no second key: 409 names the first.", max_length=255),
]

router = APIRouter(tags=["platform"])


@router.post(
    "/api/v1/auth/keys",
    operation_id="create_key",
    summary="Make an access key",
    description="The answer holds the token, once. An `Idempotency-Key` sent again is answered 409, naming the key it "
    "made: its token cannot be shown again, so rotate that key if the first answer was lost.",
    status_code=201,
    responses=refusals(409, 422),
)
async def create_key(
    order: wire.KeyOrder, caller: Admin, response: Response, idempotency_key: IdempotencyKey = None
) -> wire.KeyMade:
    now = clock.now()
    key, token, change = changes.create(order.order(idempotency_key), caller, now)
    wiring.key_store().change(change)
    response.headers["location"] = f"/api/v1/auth/keys/{key.id}"
    return wire.KeyMade.with_token(key, token, now)


@router.get(
    "/api/v1/auth/keys",
    operation_id="list_keys",
    summary="List access keys",
    description="By id, a page at a time, ended ones included for 90 days. Secrets are never shown.",
    responses=refusals(422),
)
async def list_keys(_caller: Admin, limit: Limit = 100, cursor: Cursor = None) -> wire.KeyPage:
    now = clock.now()
    page = reported(wiring.key_store().list(limit, cursor), "key", "platform")
    return wire.KeyPage(items=[wire.KeyView.of(key, now) for key in page.items], cursor=page.cursor)


@router.get(
    "/api/v1/auth/keys/{key_id}",
    operation_id="get_key",
    summary="One access key",
    description="Everything but its secret.",
    responses=refusals(404, 409),
)
async def get_key(key_id: str, _caller: Admin) -> wire.KeyView:
    return wire.KeyView.of(_key(key_id), clock.now())


@router.post(
    "/api/v1/auth/keys/{key_id}/rotate",
    operation_id="rotate_key",
    summary="Put a new key in the place of one",
    description="The new key has the old one's name, role and expiry, and a token, shown once. The old token works "
    "on for `grace_seconds` (an hour unless told; 0 ends it at once), and up to 30 s more where it is remembered. A "
    "key is rotated once (409 names the one in its place).",
    status_code=201,
    responses=refusals(404, 409, 422),
)
async def rotate_key(key_id: str, caller: Admin, rotation: wire.Rotation | None = None) -> wire.KeyMade:
    now = clock.now()
    grace = timedelta(seconds=(rotation or wire.Rotation()).grace_seconds)
    key, token, change = changes.rotate(_key(key_id), grace, caller, now)
    wiring.key_store().change(change)
    return wire.KeyMade.with_token(key, token, now)


@router.delete(
    "/api/v1/auth/keys/{key_id}",
    operation_id="revoke_key",
    summary="Revoke an access key",
    description="Ends it at once; a function that remembers it may let it in for up to 30 s more. The caller's own key "
    "cannot be revoked (409): so there is always an admin key left.",
    status_code=204,
    response_class=Response,
    responses=refusals(404, 409),
)
async def revoke_key(key_id: str, caller: Admin) -> Response:
    change = changes.revoke(_key(key_id), caller, clock.now())
    if change:
        wiring.key_store().change(change)
    return Response(status_code=204)


@router.get(
    "/api/v1/auth/whoami",
    operation_id="whoami",
    summary="The key you are calling with",
    description="For any valid key, whatever its role.",
    responses=refusals(),
)
async def whoami(caller: Annotated[AccessKey, needs(None)]) -> wire.KeyView:
    return wire.KeyView.of(caller, clock.now())


@router.get(
    "/api/v1/audit",
    operation_id="audit",
    summary="Who changed which key, channel, escalation, silence or call between services, and when",
    description="Newest first, a page at a time, kept for 400 days. The actor is the key that made the change. All but "
    "changes of keys are recorded before they are made, so one that failed may be among them.",
    responses=refusals(422),
)
async def audit(_caller: Admin, limit: Limit = 100, cursor: Cursor = None) -> wire.AuditPage:
    page = reported(wiring.key_store().audit(limit, cursor), "audit", "platform")
    return wire.AuditPage(items=list(page.items), cursor=page.cursor)


def _key(key_id: str) -> AccessKey:
    key = wiring.key_store().get(key_id)
    if key is None:
        raise NotFound(f"There is no key {key_id}.")
    return key
