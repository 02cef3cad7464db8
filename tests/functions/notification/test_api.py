"""Channels, escalations and silences over HTTP: who may, what is kept, and that no secret ever comes out."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from inframind import wiring
from inframind.platform.keys import keep
from inframind.records import Role
from tests.adapters.servers import answers, reply, serving
from tests.conftest import Account, forget, load_handler
from tests.http_events import Answer, ask, event

CHANNELS, ESCALATIONS, SILENCES = (
    "/api/v1/notifications/channels",
    "/api/v1/notifications/escalations",
    "/api/v1/silences",
)
ADDRESS = "https://hooks.slack.com/services/T0/B0/sesame"
ORDER: dict[str, Any] = {"name": "ops", "kind": "slack", "secrets": {"webhook_url": ADDRESS}}


class Api:
    def __init__(self) -> None:
        self.handler = load_handler("notification", "api").handler
        for role in Role:
            wiring.key_store().put(keep(f"key-of-{role}", role, role, datetime.now(UTC)))

    def __call__(self, method: str, path: str, body: Any = None, *, role: str = "admin", idem: str = "") -> Answer:
        request = event(method, path, key=f"key-of-{role}", body=body)
        request["headers"] |= {"idempotency-key": idem} if idem else {}
        return ask(self.handler, request)

    def channel(self, **changes: Any) -> str:
        made = self("POST", CHANNELS, ORDER | changes)
        assert made.status == 201, made.body
        return str(made.json["id"])


@pytest.fixture
def api(aws: Account) -> Api:
    return Api()


def test_a_channels_secret_is_kept_and_never_shown(api: Api, aws: Account) -> None:
    name = api.channel()
    seen = [api("GET", f"{CHANNELS}/{name}"), api("GET", CHANNELS), api("PUT", f"{CHANNELS}/{name}", ORDER)]
    assert all(b"sesame" not in answer.body for answer in seen)
    assert seen[0].json["secret_names"] == ["webhook_url"]
    assert wiring.channel_secrets().read(name) == {"webhook_url": ADDRESS}
    table = aws.client("dynamodb").scan(TableName="NotificationTable")
    assert "sesame" not in str(table["Items"])


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("GET", CHANNELS, "viewer"),
        ("POST", CHANNELS, "admin"),
        ("PUT", f"{CHANNELS}/x", "admin"),
        ("DELETE", f"{CHANNELS}/x", "admin"),
        ("POST", f"{CHANNELS}/x/test", "operator"),
        ("GET", ESCALATIONS, "viewer"),
        ("POST", ESCALATIONS, "operator"),
        ("GET", SILENCES, "viewer"),
        ("POST", SILENCES, "operator"),
        ("DELETE", f"{SILENCES}/x", "operator"),
    ],
)
def test_a_smaller_role_is_not_enough(api: Api, method: str, path: str, needed: str) -> None:
    smaller = {"viewer": "ingest", "operator": "viewer", "admin": "operator"}[needed]
    assert api(method, path, {}, role=smaller).status == 403
    assert api(method, path, {}, role=needed).status != 403


def test_the_same_idempotency_key_makes_one_channel_and_refuses_another(api: Api) -> None:
    first, again = (api("POST", CHANNELS, ORDER, idem="k") for _ in range(2))
    assert (first.status, first.json) == (again.status, again.json)
    assert api("POST", CHANNELS, ORDER | {"name": "other"}, idem="k").status == 409
    assert api("POST", CHANNELS, ORDER | {"secrets": {"webhook_url": "https://a.example.com"}}, idem="k").status == 409
    assert wiring.channel_secrets().read(first.json["id"]) == ORDER["secrets"]
    assert len(api("GET", CHANNELS).json["items"]) == 1


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"secrets": {}}, "body.secrets"),
        ({"secrets": {"routing_key": "x"}}, "body.secrets"),
        ({"secrets": {"bot_token": "xoxb"}}, "body.secrets"),
        ({"kind": "pagerduty"}, "body.secrets"),
        ({"secrets": {"webhook_url": "ftp://x"}}, "body.secrets.webhook_url"),
        ({"secrets": {"webhook_url": "https://a:b@x/"}}, "body.secrets.webhook_url"),
        ({"secrets": {"bot_token": "xoxb\r\nhost: evil"}, "slack_channel": "#a"}, "body.secrets.bot_token"),
        ({"kind": "carrier pigeon"}, "body.kind"),
    ],
)
def test_what_could_never_be_sent_is_refused(api: Api, changes: dict[str, Any], where: str) -> None:
    refused = api("POST", CHANNELS, ORDER | changes)
    assert refused.status == 422
    assert where in {fault["where"] for fault in refused.json["errors"]}


def test_a_put_without_secrets_keeps_them_unless_they_would_go_elsewhere(api: Api) -> None:
    name = api.channel()
    without = {"name": "renamed", "kind": "slack"}
    assert api("PUT", f"{CHANNELS}/{name}", without).json["secret_names"] == ["webhook_url"]
    moved = without | {"api_url": "https://evil.example.com"}
    assert api("PUT", f"{CHANNELS}/{name}", moved).status == 422


def test_secrets_that_cannot_be_read_can_be_set_anew(api: Api, aws: Account) -> None:
    name = api.channel()
    parameters = aws.client("ssm")
    (kept,) = [one["Name"] for one in parameters.describe_parameters()["Parameters"] if one["Name"].endswith(name)]
    parameters.put_parameter(Name=kept, Value='{"webhook_url": "https://ho', Type="SecureString", Overwrite=True)
    tried = api("POST", f"{CHANNELS}/{name}/test").json
    assert tried == {"delivered": False, "reason": f"The secrets of channel {name} cannot be read. Set them anew."}
    assert api("PUT", f"{CHANNELS}/{name}", {"name": "ops", "kind": "slack"}).status == 503
    assert api("PUT", f"{CHANNELS}/{name}", ORDER).status == 200
    assert wiring.channel_secrets().read(name) == ORDER["secrets"]


def test_a_channel_that_an_escalation_names_stays(api: Api) -> None:
    name = api.channel()
    made = api("POST", ESCALATIONS, {"name": "e", "steps": [{"channels": [name]}]}, role="operator")
    assert made.status == 201
    assert api("DELETE", f"{CHANNELS}/{name}").status == 409
    assert api("DELETE", f"{ESCALATIONS}/{made.json['id']}").status == 204
    assert api("DELETE", f"{CHANNELS}/{name}").status == 204
    assert wiring.channel_secrets().read(name) == {}
    assert api("GET", f"{CHANNELS}/{name}").status == 404


def test_an_escalation_names_channels_that_there_are_in_order(api: Api) -> None:
    name = api.channel()
    assert api("POST", ESCALATIONS, {"name": "e", "steps": [{"channels": ["none"]}]}).status == 422
    unordered = [{"after_seconds": 600, "channels": [name]}, {"after_seconds": 0, "channels": [name]}]
    assert api("POST", ESCALATIONS, {"name": "e", "steps": unordered}).status == 422


def test_a_silence_is_made_changed_and_ended(api: Api) -> None:
    wanted = {"comment": "works", "ends_at": "2099-01-01T00:00:00Z", "match": {"services": ["db-*"]}}
    made = api("POST", SILENCES, wanted, role="operator").json
    changed = api("PUT", f"{SILENCES}/{made['id']}", wanted | {"comment": "more works"})
    assert (changed.json["comment"], changed.json["created_by"]) == ("more works", made["created_by"])
    assert [one["id"] for one in api("GET", SILENCES, role="viewer").json["items"]] == [made["id"]]
    assert api("DELETE", f"{SILENCES}/{made['id']}").status == 204
    assert api("GET", f"{SILENCES}/{made['id']}").status == 404
    assert api("POST", SILENCES, {"comment": "for ever"}).status == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_at": "9999-12-31T23:59:59-23:59"},
        {"starts_at": "0001-01-01T00:00:00+23:59"},
        {"time_zone": "Europe"},
        {"time_zone": "x" * 300},
    ],
    ids=["after the calendar", "before the calendar", "a folder of zones", "a name too long for a file"],
)
def test_times_and_zones_that_there_are_not_are_refused(api: Api, wrong: dict[str, str]) -> None:
    (name,) = wrong
    answer = api("POST", SILENCES, {"comment": "works", "ends_at": "2099-01-01T00:00:00Z"} | wrong)
    assert (answer.status, [fault["where"] for fault in answer.json["errors"]]) == (422, [f"body.{name}"])


STEPS = [{"channels": ["c1"]}]
OVERRIDE = "pay\u202ements"


@pytest.mark.parametrize(
    ("path", "body", "where"),
    [
        (CHANNELS, ORDER | {"name": OVERRIDE}, "body.name"),
        (CHANNELS, ORDER | {"slack_channel": OVERRIDE}, "body.slack_channel"),
        (ESCALATIONS, {"name": OVERRIDE, "steps": STEPS}, "body.name"),
        (ESCALATIONS, {"name": "e", "match": {"services": [OVERRIDE]}, "steps": STEPS}, "body.match.services.0"),
        (SILENCES, {"comment": OVERRIDE, "ends_at": "2099-01-01T00:00:00Z"}, "body.comment"),
        (
            SILENCES,
            {"comment": "x", "match": {"labels": {"team": OVERRIDE}}, "ends_at": "2099-01-01T00:00:00Z"},
            "body.match.labels.team",
        ),
    ],
    ids=["channel", "channel of slack", "escalation", "service of a match", "comment", "label of a match"],
)
def test_a_name_that_turns_its_text_is_refused_by_the_character(
    api: Api, path: str, body: dict[str, Any], where: str
) -> None:
    refused = api("POST", path, body)
    said = "holds U+202E (RIGHT-TO-LEFT OVERRIDE) as character 4, which nobody sees: leave it out"
    assert (refused.status, refused.json["errors"]) == (422, [{"where": where, "what": said}])


def test_names_and_comments_take_what_languages_are_written_with(api: Api) -> None:
    assert (
        api(
            "POST",
            CHANNELS,
            ORDER | {"name": "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \U0001f468\u200d\U0001f680"},
        ).status
        == 201
    )
    comment = {"comment": "first line\nsecond line\tof the patch", "ends_at": "2099-01-01T00:00:00Z"}
    assert api("POST", SILENCES, comment).status == 201


def test_what_was_named_so_before_names_were_judged_is_still_read(api: Api, aws: Account) -> None:
    name = api.channel()
    table = aws.client("dynamodb")
    (item,) = table.scan(TableName="NotificationTable")["Items"]
    item["record"]["S"] = item["record"]["S"].replace('"ops"', json.dumps(OVERRIDE))
    table.put_item(TableName="NotificationTable", Item=item)
    assert api("GET", f"{CHANNELS}/{name}").json["name"] == OVERRIDE


def test_a_silence_that_is_over_already_is_refused(api: Api) -> None:
    past = {"comment": "patched", "ends_at": "2020-01-01T00:00:00Z"}
    refused = api("POST", SILENCES, past)
    (fault,) = refused.json["errors"]
    assert (refused.status, fault["where"]) == (422, "body.ends_at")
    assert fault["what"].startswith("lies in the past: it is 20")
    window = {"weekly": [{"start": "22:00", "end": "23:00"}]}
    assert api("POST", SILENCES, past | window).status == 422
    assert api("GET", SILENCES).json["items"] == []


def over(silence_id: str) -> None:
    """Makes the silence as old as one becomes by itself."""
    kept = wiring.silences().get(silence_id)
    assert kept is not None
    wiring.silences().replace(kept.model_copy(update={"ends_at": datetime(2020, 1, 1, tzinfo=UTC)}))


def test_a_silence_is_moved_to_no_end_in_the_past_but_one_that_is_over_can_be_explained(api: Api) -> None:
    wanted = {"comment": "works", "ends_at": "2099-01-01T00:00:00Z"}
    made = api("POST", SILENCES, wanted).json
    assert api("PUT", f"{SILENCES}/{made['id']}", wanted | {"ends_at": "2020-01-01T00:00:00Z"}).status == 422
    over(made["id"])
    explained = {"comment": "works, done by Ann", "ends_at": "2020-01-01T00:00:00Z"}
    assert api("PUT", f"{SILENCES}/{made['id']}", explained).json["comment"] == "works, done by Ann"


def test_a_silence_asked_for_again_is_the_first_even_when_it_is_over_by_now(api: Api) -> None:
    wanted = {"comment": "works", "ends_at": "2099-01-01T00:00:00Z"}
    made = api("POST", SILENCES, wanted, idem="k").json
    over(made["id"])
    again = api("POST", SILENCES, wanted | {"ends_at": "2020-01-01T00:00:00Z"}, idem="k")
    assert (again.status, again.json["id"]) == (201, made["id"])


def test_a_test_notice_says_what_the_provider_answers(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTBOUND_ALLOWED", "127.0.0.0/8")
    forget()
    with serving(answers(reply(200), reply(404))) as server:
        name = api.channel(secrets={"webhook_url": server.url})
        assert api("POST", f"{CHANNELS}/{name}/test", role="operator").json == {"delivered": True, "reason": ""}
        failed = api("POST", f"{CHANNELS}/{name}/test", role="operator").json
    assert failed == {"delivered": False, "reason": "127.0.0.1 answered 404."}
    assert b"a test of channel" in server.requests[0]


def test_without_permission_a_test_does_not_reach_inside(api: Api) -> None:
    name = api.channel(secrets={"webhook_url": "https://169.254.169.254/latest/meta-data/"})
    tried = api("POST", f"{CHANNELS}/{name}/test").json
    assert not tried["delivered"]
    assert "open Internet" in tried["reason"]


def records() -> list[tuple[str, str | None, str]]:
    return [(one.action, one.subject, one.actor) for one in reversed(wiring.key_store().audit(50).items)]


def test_who_changes_channels_escalations_and_silences_is_on_record(api: Api) -> None:
    actor = {role: key.id for key in wiring.key_store().list(10).items for role in [key.role]}
    channel = api.channel()
    api("PUT", f"{CHANNELS}/{channel}", ORDER)
    steps = {"name": "night", "steps": [{"after_seconds": 0, "channels": [channel]}]}
    escalation = api("POST", ESCALATIONS, steps, role="operator").json["id"]
    api("PUT", f"{ESCALATIONS}/{escalation}", steps, role="operator")
    api("DELETE", f"{ESCALATIONS}/{escalation}", role="operator")
    silence = {"comment": "patching", "match": {"services": ["db-*"]}, "ends_at": "2099-01-01T00:00:00Z"}
    quiet = api("POST", SILENCES, silence, role="operator").json["id"]
    api("PUT", f"{SILENCES}/{quiet}", silence, role="operator")
    api("DELETE", f"{SILENCES}/{quiet}", role="operator")
    api("DELETE", f"{CHANNELS}/{channel}")
    admin, operator = actor[Role.ADMIN], actor[Role.OPERATOR]
    told = set(records())
    assert told == {
        *((f"channel.{verb}", channel, admin) for verb in ("created", "changed", "deleted")),
        *((f"escalation.{verb}", escalation, operator) for verb in ("created", "changed", "deleted")),
        *((f"silence.{verb}", quiet, operator) for verb in ("created", "changed", "deleted")),
    }
    details = " ".join(one.detail for one in wiring.key_store().audit(50).items)
    assert "db-*, until 2099-01-01T00:00:00Z: patching" in details
    assert "sesame" not in details


def test_what_changes_nothing_is_not_on_record(api: Api) -> None:
    first = api("POST", CHANNELS, ORDER, idem="once")
    again = api("POST", CHANNELS, ORDER, idem="once")
    assert first.json == again.json
    assert api("DELETE", f"{SILENCES}/none").status == 404
    assert api("PUT", f"{CHANNELS}/none", ORDER).status == 404
    assert [action for action, *_ in records()] == ["channel.created"]
