"""The routes of series: resources, and their samples from the Series table."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from inframind import wiring
from inframind.http.app import needs, refusals
from inframind.http.bounding import bounded
from inframind.http.paging import Cursor, Limit
from inframind.http.problem import without_samples
from inframind.records import Role, from_ms
from inframind.series import wire
from inframind.series.query import DEFAULT_LIMIT, MAX_LIMIT, RawQuery, query_of
from inframind.series.retrieval import retrieve
from inframind.series.samples import Aggregation

router = APIRouter(tags=["series"])

Instant = Annotated[str | None, Query(max_length=40)]


def words(  # noqa: PLR0913, one argument a query parameter
    metric: Annotated[list[str] | None, Query(description="Of this metric; may be repeated.")] = None,
    label: Annotated[list[str] | None, Query(description="With this label, `name:value`; may be repeated.")] = None,
    start: Annotated[Instant, Query(description="At or after: RFC 3339, epoch seconds or milliseconds.")] = None,
    end: Annotated[Instant, Query(description="Before; without it, now.")] = None,
    step: Annotated[str | None, Query(description="Aggregate over seconds (60) or 1m, 1h, 1d.", max_length=20)] = None,
    agg: Annotated[Aggregation | None, Query(description="How to aggregate; without it, avg.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Samples on a page.")] = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(description="The `cursor` of the page before.", max_length=80)] = None,
    stale: Annotated[bool, Query(description="Whether staleness markers are among the samples.")] = False,
) -> RawQuery:
    """The query string of a read."""
    return RawQuery(metric or (), label or (), start, end, step, cursor, agg, limit, stale)


@router.get(
    "/api/v1/resources",
    operation_id="list_resources",
    summary="The resources that have sent samples, by id",
    description="`first_seen` and `last_seen` are the times of samples; `last_seen` may lag behind by five minutes. "
    "Up to 500 metric names are listed for each. A page may be short and yet have a cursor.",
    responses={200: {"content": {"application/json": {"example": wire.RESOURCES}}}, **refusals(422)},
    dependencies=[needs(Role.VIEWER)],
)
async def list_resources(limit: Limit = 100, cursor: Cursor = None) -> wire.ResourcePage:
    page = bounded(lambda most: wiring.series_store().resources(most, cursor), limit)
    return wire.ResourcePage(items=page.items, cursor=page.cursor)


@router.get(
    "/api/v1/metrics/{resource_id:path}",
    operation_id="read_samples",
    summary="The samples of a resource",
    description="Without `start` and `end`, those of the last hour; where there are none, `note` says when there "
    "are. Steps begin at whole multiples of `step` since the epoch, and a point stands at the beginning of its step. "
    "A page ends after `limit` samples, in order of time over all series; `cursor` leads to the next, and a page "
    "may be short, even empty, and yet have one.",
    response_model=wire.SamplesPage,
    responses={200: {"content": {"application/json": {"example": wire.SAMPLES}}}, **refusals(404, 422)},
    dependencies=[needs(Role.VIEWER)],
)
async def read_samples(resource_id: str, words: Annotated[RawQuery, Depends(words)]) -> Response:
    query = query_of(resource_id, words, datetime.now(UTC))
    store = wiring.series_store()
    answer = retrieve(query, store.hours(resource_id, from_ms(query.resume_ms), from_ms(query.end_ms)))
    note = None
    if answer.is_empty:
        known = store.summary(resource_id)
        if known is None:
            raise without_samples(resource_id)
        note = wire.nothing_found(query, known)
    return Response(wire.samples_page(query, answer, note), media_type="application/json")
