import base64
from datetime import datetime
from typing import Annotated, Any, Self

import pytest
from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.exceptions import HTTPException

from inframind import wiring
from inframind.errors import Conflict, Fault, Rejected, Unavailable
from inframind.http import counting
from inframind.http.app import create_app, lambda_handler, needs
from inframind.identity import VISIBLE
from inframind.records import Role
from tests.conftest import Account
from tests.http_events import Answer, Handler, ask, event

app = create_app("platform")


@app.get("/rejected")
async def rejected() -> None:
    raise Rejected("No.", [Fault("body.name", "too long")])


@app.get("/conflict")
async def conflict() -> None:
    raise Conflict("Someone was faster.")


@app.get("/unavailable")
async def unavailable() -> None:
    raise Unavailable("The table is away.", 7)


@app.get("/bug")
async def bug() -> None:
    raise ZeroDivisionError


@app.get("/teapot")
async def teapot() -> None:
    raise HTTPException(418, "short and stout", {"x-lid": "on"})


@app.get("/checked")
async def checked(limit: Annotated[int, Query(ge=1)]) -> int:
    return limit


@app.post("/echo")
async def echo(said: dict[str, Any]) -> dict[str, Any]:
    return said


@app.get("/named")
async def named(name: Annotated[str, Query(pattern=VISIBLE)]) -> str:
    return name


class Span(BaseModel):
    at: datetime
    until: datetime | None = None

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.until and self.until <= self.at:
            raise ValueError("until must be after at")
        return self


@app.post("/spans")
async def span(said: Span) -> Span:
    return said


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")

    sides: int = Field(ge=3)
    points: tuple[int, ...] = ()
    size: float = 1.0
    name: str = Field("shape", min_length=1)
    within: Span | None = None


@app.post("/shapes")
async def shape(said: Shape) -> Shape:
    return said


@app.get("/things/{thing_id:path}", dependencies=[needs(Role.VIEWER)])
async def thing(thing_id: str) -> str:
    return thing_id


@app.get("/open/{thing_id:path}")
async def open_thing(thing_id: str) -> str:
    return thing_id


@pytest.fixture
def handler(aws: Account) -> Handler:
    return lambda_handler(app, "platform")


def problem(answer: Answer) -> dict[str, Any]:
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json
    assert document.keys() == {"type", "title", "status", "detail", "errors"}
    assert document["status"] == answer.status
    return document


def test_a_rejection_names_what_is_wrong_and_where(handler: Handler) -> None:
    document = problem(ask(handler, event("GET", "/rejected")))
    assert (document["status"], document["detail"]) == (422, "No.")
    assert document["errors"] == [{"where": "body.name", "what": "too long"}]


def test_a_conflict_is_409(handler: Handler) -> None:
    assert problem(ask(handler, event("GET", "/conflict")))["status"] == 409


def test_what_is_away_for_now_is_503_and_says_when_to_come_back(handler: Handler) -> None:
    answer = ask(handler, event("GET", "/unavailable"))
    assert problem(answer)["status"] == 503
    assert answer.headers["retry-after"] == "7"


def test_a_bug_is_500_tells_nothing_and_is_logged_once(aws: Account, capsys: pytest.CaptureFixture[str]) -> None:
    buggy = create_app("buggy")
    buggy.add_api_route("/bug", bug)
    document = problem(ask(lambda_handler(buggy, "buggy"), event("GET", "/bug")))
    assert document["status"] == 500
    assert "Zero" not in str(document)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if "ZeroDivisionError" in line]
    assert '"path":"/bug"' in line


def test_a_framework_refusal_keeps_its_status_and_headers(handler: Handler) -> None:
    answer = ask(handler, event("GET", "/teapot"))
    assert problem(answer)["detail"] == "short and stout"
    assert (answer.status, answer.headers["x-lid"]) == (418, "on")


def test_an_invalid_parameter_is_named(handler: Handler) -> None:
    document = problem(ask(handler, event("GET", "/checked?limit=0")))
    assert document["status"] == 422
    assert [fault["where"] for fault in document["errors"]] == ["query.limit"]


def test_a_body_that_is_not_json_is_said_to_be_none(aws: Account) -> None:
    taking = create_app("platform")

    @taking.post("/things")
    async def take(thing: dict[str, int]) -> int:
        return len(thing)

    sent = event("POST", "/things") | {"body": "name=x"}
    document = problem(ask(lambda_handler(taking, "platform"), sent))
    assert document["detail"] == "The request has 1 fault, named in errors."
    assert document["errors"] == [{"where": "body", "what": "is not JSON: Expecting value at character 0"}]


@pytest.mark.parametrize(
    ("body", "content_type", "what"),
    [
        ("", "application/json", "is missing: send a JSON object, with the header Content-Type: application/json"),
        (
            '{"at": 1}',
            "application/x-www-form-urlencoded",
            "is not a JSON object; if you sent one, the header Content-Type: application/json is missing",
        ),
        (
            "[]",
            "application/json",
            "is not a JSON object; if you sent one, the header Content-Type: application/json is missing",
        ),
        ('{"at": 1, "until": 1}', "application/json", "until must be after at"),
    ],
)
def test_a_body_that_is_missing_or_unfit_is_told_in_plain_words(
    handler: Handler, body: str, content_type: str, what: str
) -> None:
    sent = event("POST", "/spans") | {"body": body, "headers": {"content-type": content_type}}
    assert problem(ask(handler, sent))["errors"] == [{"where": "body", "what": what}]


def test_a_name_with_control_characters_is_told_so_and_shown_no_pattern(handler: Handler) -> None:
    document = problem(ask(handler, event("GET", "/named?name=a%00b")))
    said = "holds U+0000 (a control character) as character 2, which nobody sees: leave it out"
    assert document["errors"] == [{"where": "query.name", "what": said}]


@pytest.mark.parametrize(
    ("path", "body", "where", "what"),
    [
        ("/spans", {}, "body.at", "is missing"),
        ("/shapes", {"sides": "x"}, "body.sides", "must be a whole number"),
        ("/shapes", {"sides": 2}, "body.sides", "must be greater than or equal to 3"),
        ("/shapes", {"sides": 3, "points": "x"}, "body.points", "must be a list"),
        ("/shapes", {"sides": 3, "size": {}}, "body.size", "must be a number"),
        ("/shapes", {"sides": 3, "name": 3}, "body.name", "must be text"),
        ("/shapes", {"sides": 3, "name": ""}, "body.name", "must have at least 1 character"),
        ("/shapes", {"sides": 3, "colour": 3}, "body.colour", "is no field here"),
        ("/shapes", {"sides": 3, "within": 3}, "body.within", "must be an object"),
    ],
)
def test_what_is_wrong_with_a_field_is_told_in_plain_words(
    handler: Handler, path: str, body: dict[str, Any], where: str, what: str
) -> None:
    document = problem(ask(handler, event("POST", path, body=body)))
    assert document["errors"] == [{"where": where, "what": what}]


def test_a_time_that_is_none_is_told_how_to_write_one(handler: Handler) -> None:
    document = problem(ask(handler, event("POST", "/spans", body={"at": "yesterday", "until": 1})))
    said = "is RFC 3339 (2026-01-11T10:30:00Z), epoch seconds or epoch milliseconds"
    assert document["errors"] == [{"where": "body.at", "what": said}]


def test_a_wrong_method_is_405_and_says_which_are_right(handler: Handler) -> None:
    answer = ask(handler, event("DELETE", "/checked"))
    assert problem(answer)["status"] == 405
    assert answer.headers["allow"] == "GET"


def test_without_a_key_the_answer_is_401_and_says_how_to_bring_one(handler: Handler) -> None:
    answer = ask(handler, event("GET", "/things/a"))
    assert problem(answer)["status"] == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="inframind"'


def test_a_path_parameter_with_slashes_and_unicode_arrives_whole(handler: Handler) -> None:
    assert ask(handler, event("GET", "/open/a/b é")).json == "a/b é"


def test_requests_are_counted_under_the_template_of_their_path(handler: Handler) -> None:
    for name in ("a", "b/c"):
        ask(handler, event("GET", f"/open/{name}", route="GET /open/{proxy+}"))
    counts = wiring.counters().read()
    labels = (("method", "GET"), ("path", "/open/{thing_id}"))
    assert counts["http_requests_total", (*labels, ("status", "200"))] == 2
    assert counts["http_request_duration_seconds_sum", labels] > 0


def test_a_failing_request_is_counted_under_its_template_too(handler: Handler) -> None:
    ask(handler, event("GET", "/bug", route="GET /bug"))
    assert wiring.counters().read()["http_requests_total", (("method", "GET"), ("path", "/bug"), ("status", "500"))]


def test_no_request_can_widen_the_set_of_labels(handler: Handler) -> None:
    for number in range(20):
        ask(handler, event("GET", f"/nothing/{number}"))
        ask(handler, event(f"X{number}", f"/open/{number}"))
    names = {key for key in wiring.counters().read() if key[0] == "http_requests_total"}
    assert {dict(labels)["path"] for _, labels in names} == {counting.UNMATCHED, "/open/{thing_id}"}
    assert {dict(labels)["method"] for _, labels in names} == {"GET", "OTHER"}


def test_a_request_that_cannot_be_counted_is_answered_all_the_same(
    handler: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERS_TABLE", "elsewhere")
    wiring.reset()
    assert ask(handler, event("GET", "/checked?limit=3")).json == 3


@pytest.mark.parametrize("where", [{"a": "\ud800"}, {"\udfff": 1}, {"a": [{"b": "x\udc00\ud800"}]}])
def test_half_a_character_is_malformed_wherever_it_stands(handler: Handler, where: dict[str, Any]) -> None:
    refused = ask(handler, event("POST", "/echo", body=where))
    assert (refused.status, problem(refused)["title"]) == (400, "The request could not be read")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("[" * 100_000, "The body cannot be read: it is nested too deeply."),
        ('{"a": ' + "9" * 5_000 + "}", "The body cannot be read: it holds a number of too many digits."),
        (base64.b64encode(b'{"a": "\xe9"}').decode(), "The body cannot be read: it is not UTF-8."),
    ],
)
def test_a_body_that_no_reader_takes_is_told_why(handler: Handler, body: str, said: str) -> None:
    sent = event("POST", "/echo") | {"body": body, "isBase64Encoded": "[" not in body and "{" not in body}
    sent["headers"]["content-type"] = "application/json"
    refused = ask(handler, sent)
    assert (refused.status, problem(refused)["detail"]) == (400, said)


@pytest.mark.parametrize(("body", "status"), [("no JSON \\ud800", 422), ("\\ud800" + "[" * 100_000, 422)])
def test_what_only_looks_like_half_a_character_in_what_is_no_json_is_no_bug(
    handler: Handler, body: str, status: int
) -> None:
    sent = event("POST", "/echo") | {"body": body, "headers": {"content-type": "text/plain"}}
    assert ask(handler, sent).status == status


def test_a_whole_character_in_two_halves_and_what_only_looks_like_one_are_taken(handler: Handler) -> None:
    said = {"a": "\U0001f4a5", "b": "\\ud800"}
    assert ask(handler, event("POST", "/echo", body=said)).json == said
