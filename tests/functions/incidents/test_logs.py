"""Logs over HTTP: lines searched page by page, templates listed."""

from collections.abc import Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest

from inframind import wiring
from inframind.ingestion.logs.lines import LogLine
from inframind.platform.keys import keep
from inframind.records import Role
from inframind.settings import settings
from inframind.usecases.ingestion import log_search
from tests.conftest import Account, load_handler
from tests.functions.ingestion.mining import bodies, miner
from tests.functions.ingestion.mining import event as batch
from tests.http_events import Answer, ask, event
from tests.ingestion.logs.lines import NOON_MS, errors, line

KEY, SENDER = "a-key-that-may-read", "a-key-that-may-send"
SPAN = {"start": str(NOON_MS), "end": str(NOON_MS + 6 * 3_600_000)}


@pytest.fixture
def api(aws: Account) -> Iterator[ModuleType]:
    for token, role in ((KEY, Role.VIEWER), (SENDER, Role.INGEST)):
        wiring.key_store().put(keep(token, role, role, datetime.now(UTC)))
    return load_handler("incidents", "api")


def mined(*batches: list[LogLine]) -> None:
    """The lines, each batch in an invocation of its own."""
    process = miner(NOON_MS)
    for number, lines in enumerate(batches):
        process.time_ns = lambda number=number: (NOON_MS + 1_000 * number) * 1_000_000  # type: ignore[attr-defined]
        answer = process.handler(batch(*bodies(lines, settings().shards)), None)
        assert answer == {"batchItemFailures": []}


def get(api: ModuleType, path: str = "/api/v1/logs", key: str = KEY, **query: Any) -> Answer:
    return ask(api.handler, event("GET", f"{path}?{urlencode(query)}", route=f"GET {path}", key=key))


def pages(api: ModuleType, **query: Any) -> list[str]:
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = get(api, **(query | cursor)).json
        found += [item["message"] for item in page["items"]]
        if page["cursor"] is None:
            return found
        cursor = {"cursor": page["cursor"]}


def test_lines_are_found_by_everything_they_have(api: ModuleType) -> None:
    mined([line("ready"), line("steady", "WARN", at=2, service="auth", zone="eu")], errors(3, at=5))
    (template,) = get(api, "/api/v1/logs/templates", level="ERROR").json["items"]
    assert (template["template"], template["count"]) == ("Database timeout after <*>", 3)
    assert len(pages(api, **SPAN)) == 5
    assert pages(api, **SPAN, service="auth") == ["steady"]
    assert pages(api, **SPAN, level="INFO") == ["ready"]
    assert len(pages(api, **SPAN, template_id=template["id"])) == 3
    assert pages(api, **SPAN, text="AFTER 2") == ["Database timeout after 2 ms"]
    (found,) = get(api, **SPAN, service="auth").json["items"]
    assert (found["level"], found["timestamp"], found["labels"]) == ("WARN", "2026-01-11T12:00:02Z", {"zone": "eu"})


@pytest.mark.parametrize("limit", [1, 2, 7, 500])
def test_pages_together_are_every_line_once_latest_hour_first(api: ModuleType, limit: int) -> None:
    batches = [
        [line(f"line {word}", at=3_601 * hour, service=name) for word in "abc" for name in ("web", "auth")]
        for hour in range(4)
    ]
    mined(*batches)
    found = pages(api, **SPAN, limit=limit)
    assert sorted(found) == sorted(one.message for lines in batches for one in lines)
    times = [item["timestamp"][:13] for item in get(api, **SPAN, limit=500).json["items"]]
    assert times == sorted(times, reverse=True)


def test_one_request_reads_so_much_and_the_cursor_goes_on(api: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    mined(*[[line(f"line {word}", at=place)] for place, word in enumerate("abcdef")])
    monkeypatch.setattr(log_search, "OBJECTS", 2)
    first = get(api, **SPAN).json
    assert len(first["items"]) == 2
    assert first["cursor"]
    assert len(pages(api, **SPAN)) == 6


def test_secrets_are_masked_in_what_is_shown(api: ModuleType) -> None:
    mined([line("login with password=hunter2", "ERROR", api_key="abc123456", zone="eu")])
    (found,) = get(api, **SPAN).json["items"]
    assert (found["message"], found["labels"]) == (
        "login with password=<SECRET>",
        {"api_key": "<SECRET>", "zone": "eu"},
    )
    assert "hunter2" not in get(api, "/api/v1/logs/templates").body.decode()


def test_templates_are_listed_page_by_page_those_seen_last_first(api: ModuleType) -> None:
    mined([line(f"{word} {word}", at=place, service="web") for place, word in enumerate(("a", "b", "c"))], errors(1, 9))
    path = "/api/v1/logs/templates"
    first = get(api, path, limit=3).json
    second = get(api, path, limit=3, cursor=first["cursor"]).json
    assert [one["template"] for one in first["items"] + second["items"]] == [
        "Database timeout after <*>", "c c", "b b", "a a",
    ]  # fmt: skip
    assert second["cursor"] is None
    assert get(api, path, text="TIMEOUT", service="web").json["items"][0]["count"] == 1
    assert get(api, path, service="db").json["items"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"level": "loud"},
        {"template_id": "x"},
        {"limit": 0},
        {"cursor": "x"},
        {"start": "soon"},
        {"start": NOON_MS, "end": NOON_MS},
    ],
    ids=lambda query: "-".join(query),
)
def test_what_cannot_be_asked_is_a_422_that_says_why(api: ModuleType, query: dict[str, Any]) -> None:
    answer = get(api, **query)
    assert (answer.status, len(answer.json["errors"])) == (422, 1)


@pytest.mark.parametrize("path", ["/api/v1/logs", "/api/v1/logs/templates"])
@pytest.mark.parametrize(("key", "status"), [("", 401), (SENDER, 403)])
def test_only_keys_that_may_read_may(api: ModuleType, path: str, key: str, status: int) -> None:
    assert get(api, path, key).status == status


def test_a_bucket_that_is_away_is_a_503(api: ModuleType, aws: Account) -> None:
    aws.client("s3").delete_bucket(Bucket=aws.environment["BANK_BUCKET"])
    assert get(api).status == 503
    assert get(api, "/api/v1/logs/templates").status == 503
