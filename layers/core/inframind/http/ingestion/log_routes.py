"""The routes by which people read logs: lines, and the templates they were grouped by."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query

from inframind.errors import Fault, Rejected
from inframind.http.app import needs, refusals
from inframind.http.bounding import fits
from inframind.http.examples import answer_example
from inframind.http.paging import Cursor, Limit, Moment
from inframind.ingestion.logs.at_rest import Query as Wanted
from inframind.ingestion.logs.views import LINE, TEMPLATE, Line, LinePage, ShownTemplate, TemplatePage
from inframind.records import Role, to_ms
from inframind.usecases.ingestion import log_search

LOOKBACK = timedelta(hours=1)  # of a search that names no start
VIEWER = needs(Role.VIEWER)
Level = Literal["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"]
Service = Annotated[str | None, Query(max_length=200, description="Of this service alone.")]
Text = Annotated[str | None, Query(min_length=1, max_length=200, description="Upper and lower case are the same.")]
TemplateId = Annotated[str | None, Query(pattern="^[0-9a-f]{12}$", description="Of this template alone.")]


@dataclass(frozen=True)
class Matching:
    """What a line must have, each if it is given."""

    service: Service = None
    level: Level | None = None
    template_id: TemplateId = None
    text: Text = None


router = APIRouter(prefix="/api/v1/logs", tags=["incidents"])


@router.get(
    "",
    operation_id="find_logs",
    summary="Search log lines",
    description="Latest hour first, within it by arrival, the last first; of the last hour if no start is named. Lines "
    "are there some seconds after they were sent, for as long as the deployment keeps them. One request reads so much "
    "and no more: a page may be short, or empty, and yet have a cursor. Secrets are masked as far as they are known "
    "by their looks. For role viewer.",
    responses=answer_example({"items": [LINE], "cursor": None}) | refusals(422),
    dependencies=[VIEWER],
)
async def find_logs(
    matching: Annotated[Matching, Depends()],
    start: Moment | None = None,
    end: Moment | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> LinePage:
    until = end or datetime.now(UTC) + LOOKBACK  # lines may be ahead of our clock
    since = start or (end or datetime.now(UTC)) - LOOKBACK
    if since >= until:
        raise Rejected("The query has 1 fault, named in errors.", [Fault("query.start", "must lie before end")])
    wanted = Wanted(to_ms(since), to_ms(until), matching.service, matching.level, matching.template_id, matching.text)
    page = log_search.find_lines(wanted, limit, cursor)
    items = [Line.of(found) for found in page.items]
    if (fitting := fits(items)) < len(items):
        page = log_search.find_lines(wanted, fitting, cursor)
    return LinePage(items=items[:fitting], cursor=page.cursor)


@router.get(
    "/templates",
    operation_id="list_log_templates",
    summary="What log lines have in common",
    description="The templates of a service, or of all services, those seen last first, each with its counts by level "
    "and a line as it came first. For role viewer.",
    responses=answer_example({"items": [TEMPLATE], "cursor": None}) | refusals(422),
    dependencies=[VIEWER],
)
async def list_log_templates(
    service: Service = None,
    level: Level | None = None,
    text: Text = None,
    limit: Limit = 100,
    cursor: Annotated[str | None, Query(pattern="^[0-9]{1,7}$", description="The `cursor` of the page before.")] = None,
) -> TemplatePage:
    found = [
        ShownTemplate.of(name, template)
        for name, template in log_search.find_templates(service)
        if level in (None, *template.levels) and (text is None or text.casefold() in template.text.casefold())
    ]
    start = int(cursor or 0)
    items = found[start : start + limit]
    items = items[: fits(items)]
    more = start + len(items) < len(found)
    return TemplatePage(items=items, cursor=str(start + len(items)) if more else None)
