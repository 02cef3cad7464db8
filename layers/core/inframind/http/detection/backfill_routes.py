"""The routes by which people let detection learn from what is stored; to be included before those of detectors."""

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from inframind import wiring
from inframind.detection.backfill.plan import MOST_SLICES, Backfill, matching, plan, slices_each
from inframind.detection.commands import text
from inframind.errors import Conflict, Fault, NotFound, Rejected
from inframind.http.app import needs, refusals
from inframind.http.crud import IdempotencyKey
from inframind.http.examples import answer_example, body_example
from inframind.http.paging import MAX_LIMIT, Moment
from inframind.identity import content_id, shard_of
from inframind.records import AccessKey, Role, to_ms
from inframind.settings import settings
from inframind.usecases import clock

PATH = "/api/v1/detectors/backfill"
WILD = frozenset("*?[")
WANTED: dict[str, Any] = {"resources": ["db-*"], "from": "2026-01-04T00:00:00Z", "to": "2026-01-11T00:00:00Z"}
BACKFILL: dict[str, Any] = {
    "id": "019baeb1d8c04d2f9a1c07be",
    "status": "running",
    "created_at": "2026-01-11T10:30:00Z",
    "resources": ["db-1", "db-2"],
    "start": "2026-01-04T00:00:00Z",
    "end": "2026-01-11T00:00:00Z",
    "replace": False,
    "slices": 56,
    "slices_done": 12,
    "slices_cut": 0,
}

router = APIRouter(prefix=PATH, tags=["detection"])


class Wanted(BaseModel):
    """Of which resources to learn from which time."""

    model_config = ConfigDict(extra="forbid")

    resources: list[Annotated[str, StringConstraints(min_length=1, max_length=1024)]] = Field(
        min_length=1, max_length=100, description="Ids, or shell patterns (`*`, `?`, `[ab]`)."
    )
    start: Moment = Field(alias="from", description="From this time on.")
    end: Moment | None = Field(None, alias="to", description="Until before this time; until now where it is left out.")
    replace: bool = Field(False, description="Also forget what is known of series that are known well.")


@router.post(
    "",
    operation_id="begin_backfill",
    summary="Learn from what is stored",
    description="Replays stored samples and lets the detector go on from there, as if it had seen them: for series "
    "of which it knows fewer than 150 samples, with `replace` for all. Nothing that is found in them is announced; "
    "an anomaly that is open in a series that is replaced clears. It is done in slices of a resource and six "
    "hours, in the queue of the live samples and between them; at most "
    f"{MOST_SLICES} slices at once (422). The answer names the operation to poll. For role operator.",
    status_code=202,
    openapi_extra=body_example(WANTED),
    responses=answer_example(BACKFILL, 202) | refusals(404, 409, 422),
)
async def begin_backfill(
    wanted: Wanted,
    caller: Annotated[AccessKey, needs(Role.OPERATOR)],
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Backfill:
    asked = _asked(wanted, clock.now(), _id(caller, idempotency_key))
    kept = wiring.backfills().create(asked)
    if (kept.resources, kept.start, kept.replace) != (asked.resources, asked.start, asked.replace):
        raise Conflict(f"This Idempotency-Key made backfill {kept.id}, which asks something else.")
    if kept.status == "running":
        shards = settings().shards
        wiring.score_queue().order_all([(shard_of(one.resource, shards), text(one)) for one in plan(kept)])
    response.headers["location"] = f"{PATH}/{kept.id}"
    return kept


@router.get(
    "/{backfill_id}",
    operation_id="get_backfill",
    summary="How far a backfill has come",
    description="`done` once all slices are; `slices_cut` are those that held more than 2,000,000 values, of which "
    "the rest was left out. For role viewer.",
    responses=answer_example(BACKFILL) | refusals(404),
    dependencies=[needs(Role.VIEWER)],
)
async def get_backfill(backfill_id: str) -> Backfill:
    found = wiring.backfills().get(backfill_id)
    if found is None:
        raise NotFound(f"There is no backfill {backfill_id}. POST {PATH} begins one.")
    return found


def _asked(wanted: Wanted, now: datetime, backfill_id: str) -> Backfill:
    end = min(wanted.end or now, now)
    if wanted.start >= end:
        raise Rejected("The range is empty.", [Fault("body.from", "must be earlier than to, and than now")])
    each = slices_each(to_ms(wanted.start), to_ms(end))
    if each > MOST_SLICES:
        raise _too_much(each, 1)
    resources = _resources(wanted.resources)
    if each * len(resources) > MOST_SLICES:
        raise _too_much(each, len(resources))
    return Backfill(
        id=backfill_id,
        created_at=now,
        resources=resources,
        start=wanted.start,
        end=end,
        replace=wanted.replace,
        slices=each * len(resources),
    )


def _resources(asked: list[str]) -> tuple[str, ...]:
    """The resources asked for. Raises `NotFound` for a name or a pattern without any."""
    named = {one for one in asked if wiring.series_store().summary(one) is not None}
    patterns = [one for one in asked if one not in named and WILD & set(one)]
    known = list(_catalogue()) if patterns else []
    for one in asked:
        if one not in named and not (one in patterns and matching([one], known)):
            raise NotFound(f"No resource '{one}' has sent samples. GET /api/v1/resources lists those that have.")
    return tuple(sorted({*named, *matching(patterns, known)}))


def _catalogue() -> Iterator[str]:
    page = wiring.series_store().resources(MAX_LIMIT)
    yield from (one.resource_id for one in page.items)
    while page.cursor is not None:
        page = wiring.series_store().resources(MAX_LIMIT, page.cursor)
        yield from (one.resource_id for one in page.items)


def _too_much(each: int, resources: int) -> Rejected:
    what = (
        f"{resources} x {each:,} slices (resources x six hours) are asked for, {MOST_SLICES:,} at once is the most: "
        "name a later `from`, or fewer resources"
    )
    return Rejected("That is more than one backfill takes.", [Fault("body", what)])


def _id(caller: AccessKey, idempotency_key: str | None) -> str:
    if idempotency_key is None:
        return f"{to_ms(clock.now()):012x}{secrets.token_hex(6)}"
    return content_id([b"backfill", caller.id.encode(), idempotency_key.encode()], 12)
