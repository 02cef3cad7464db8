"""Every provider's form holds its limits for any incident, and says what matters for an ordinary one."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings

from inframind.notification import mail, pagerduty, slack, teams, webhook
from inframind.notification.channels import Channel
from inframind.notification.notices import Notice
from inframind.notification.outgoing import Digest, Envelope, Post, outgoing
from tests.notification.incidents import ANALYSIS, ANY_NOTICE, OPENED, incident, latency, opened

LINK = "https://im.example.com/api/v1/incidents/inc-1"


def texts(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from texts(child)


def blocks(message: dict[str, Any]) -> list[dict[str, Any]]:
    (attachment,) = message["attachments"]
    return list(attachment["blocks"])


def hold(block: dict[str, Any]) -> None:
    """The limits that Slack states for a block."""
    match block["type"]:
        case "header":
            assert 1 <= len(block["text"]["text"]) <= 150
        case "section" if "fields" in block:
            assert 1 <= len(block["fields"]) <= 10
            assert all(1 <= len(field["text"]) <= 2_000 for field in block["fields"])
        case "section":
            assert 1 <= len(block["text"]["text"]) <= 3_000
        case "context":
            assert all(1 <= len(one["text"]) <= 2_000 for one in block["elements"])
        case "actions":
            assert all(len(one["url"]) <= 3_000 and len(one["text"]["text"]) <= 75 for one in block["elements"])
        case other:
            pytest.fail(f"unknown block {other}")


def test_a_title_cannot_pose_as_another_part_of_a_notice_nor_turn_its_text() -> None:
    forged = latency(title="slow\n\nRecommended actions\n1. open https://evil.example\u202e", detail="a\u2028b")
    notice = opened(signals=(forged,), title="all is well\r\nResolved")
    _, text = mail.mail(notice)
    assert not [line for line in text.splitlines() if line.startswith(("Recommended", "1.", "Resolved", "b"))]
    for told in (text, *texts(slack.message(notice)), *texts(teams.card(notice)), *texts(pagerduty.event(notice, "k"))):
        assert not set(told) & set("\u202e\u2028\r")


@settings(deadline=None, max_examples=150)
@given(ANY_NOTICE)
def test_slack_takes_any_incident(notice: Notice) -> None:
    message = slack.message(notice, LINK)
    found = blocks(message)
    assert 2 <= len(found) <= 50
    assert found[0]["type"] == "header"
    for block in found:
        hold(block)
    assert len(json.dumps(message)) <= 13_000


@settings(deadline=None, max_examples=100)
@given(ANY_NOTICE)
def test_nothing_from_an_incident_can_mention_or_link_in_slack(notice: Notice) -> None:
    for text in texts(slack.message(notice)):
        assert "<" not in text
        assert ">" not in text
        assert "&" not in text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")


@settings(deadline=None, max_examples=100)
@given(ANY_NOTICE)
def test_the_other_forms_hold_their_limits(notice: Notice) -> None:
    event = pagerduty.event(notice, "r" * 32, LINK)
    assert len(event["dedup_key"]) <= 255
    if event["event_action"] == "trigger":
        assert 1 <= len(event["payload"]["summary"]) <= 1_024
        assert event["payload"]["severity"] in {"critical", "error", "warning", "info"}
    assert len(json.dumps(event)) < 512_000
    assert len(json.dumps(teams.card(notice, LINK), ensure_ascii=False).encode()) < 28_000
    subject, text = mail.mail(notice, LINK)
    assert 1 <= len(subject) <= 100
    assert subject.isascii()
    assert subject.isprintable()
    assert len(text.encode()) < 256_000


def test_slack_shows_severity_breakdown_actions_with_risk_and_customer_impact() -> None:
    message = slack.message(opened(analysis=ANALYSIS, severity="critical"), LINK)
    whole = "\n".join(texts(message))
    assert blocks(message)[0]["text"]["text"] == "🔴 CRITICAL · auth-api is slow"
    assert message["attachments"][0]["color"] == "#B3261E"
    for expected in (
        "1500 where 108 was expected, z 242.29, 1288.9 % off",
        "Deployment v2.1.0 (85 % sure)",
        "roll back (risk: low)",
        "Logins time out.",
        LINK,
    ):
        assert expected in whole


def test_every_action_is_seen_however_many_signals_there_are() -> None:
    many = tuple(latency(n, title="€" * 3_000) for n in range(10))
    whole = "\n".join(texts(slack.message(opened(analysis=ANALYSIS, signals=many, signal_count=10_000), LINK)))
    assert "roll back" in whole
    assert "Logins time out." in whole


def test_a_storm_of_a_thousand_is_one_message_within_the_limits() -> None:
    message = slack.digest(1_000, ["<!here> " + "x" * 500] * 1_000)
    for block in blocks(message):
        hold(block)
    assert len(json.dumps(message)) <= 13_000
    assert "and 980 more" in "\n".join(texts(message))


@pytest.mark.parametrize(
    ("event", "action"),
    [
        ("opened", "trigger"),
        ("raised", "trigger"),
        ("acknowledged", "acknowledge"),
        ("merged", "resolve"),
        ("resolved", "resolve"),
    ],
)
def test_pagerduty_sees_one_alert_from_trigger_to_resolve(event: Any, action: str) -> None:
    made = pagerduty.event(Notice(incident=incident(), event=event, reason="x"), "key")
    assert (made["event_action"], made["dedup_key"]) == (action, "inframind/inc-1")


def test_a_webhooks_signature_is_hmac_over_time_and_body() -> None:
    body = webhook.document(opened(), OPENED, LINK)
    sent = webhook.headers(body, "secret", OPENED)["x-inframind-signature"]
    stamp, mac = (piece.partition("=")[2] for piece in sent.split(","))
    assert stamp == str(int(OPENED.timestamp()))
    assert mac == hmac.new(b"secret", stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert "x-inframind-signature" not in webhook.headers(body, None, OPENED)


def test_a_webhooks_id_is_the_same_for_the_same_notice() -> None:
    first, later = (json.loads(webhook.document(opened(), moment)) for moment in (OPENED, OPENED.replace(minute=40)))
    assert first["id"] == later["id"]
    assert first["incident"]["services"] == ["auth-api"]


def test_what_is_sent_again_carries_the_id_by_which_a_receiver_drops_it() -> None:
    channel = Channel(id="c" * 12, name="ops", kind="webhook", created_at=OPENED, updated_at=OPENED)
    for notice in (opened(), Digest("digest-1", ("one", "two"))):
        posts = []
        for moment in (OPENED, OPENED.replace(minute=40)):
            post = outgoing(channel, notice, Envelope({"webhook_url": "https://example.com"}, moment))
            assert isinstance(post, Post)
            posts.append(post)
        keys = {post.headers["idempotency-key"] for post in posts}
        assert keys == {f'"{json.loads(posts[0].body)["id"]}"'}


def slack_post(notice: Notice | Digest, channel_id: str = "c1", slack_channel: str = "#ops") -> dict[str, Any]:
    channel = Channel(
        id=channel_id, name="ops", kind="slack", slack_channel=slack_channel, created_at=OPENED, updated_at=OPENED
    )
    post = outgoing(channel, notice, Envelope({"bot_token": "xoxb-1"}, OPENED))
    assert isinstance(post, Post)
    body: dict[str, Any] = json.loads(post.body)
    return body


def test_slack_is_given_the_same_id_for_what_is_sent_again_and_no_other() -> None:
    raised, storm = opened().model_copy(update={"reason": "raised:critical"}), Digest("d1", ("one",))
    first, again, other = (slack_post(one)["client_msg_id"] for one in (opened(), opened(), raised))
    digest, twice = (slack_post(storm)["client_msg_id"] for _ in range(2))
    elsewhere = slack_post(opened(), "c2")["client_msg_id"], slack_post(opened(), "c1", "#all")["client_msg_id"]
    assert (first, digest) == (again, twice)
    assert len({first, other, digest, *elsewhere}) == 5
    assert UUID(first).version == 4
    assert str(UUID(first)) == first


def test_a_test_of_a_channel_is_told_however_often_it_is_asked_for() -> None:
    assert "client_msg_id" not in slack_post(Notice(incident=opened().incident, event="test", reason="test"))


def test_a_mail_ends_with_the_id_of_its_notice_however_long_it_is() -> None:
    same = webhook.notice_id(opened())
    assert mail.mail(opened(), LINK)[1].endswith(f"InfraMind, incident inc-1, notice {same}")
    assert mail.digest("digest-1", ["x" * 150_000] * 2)[1].endswith("InfraMind, digest digest-1")
    assert len(mail.digest("digest-1", ["x" * 150_000] * 2)[1]) < 256_000
