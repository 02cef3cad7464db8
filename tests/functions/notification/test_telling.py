"""The sender and the escalator tell each channel each thing once, whatever is redelivered, late, slow or killed."""

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inframind import wiring
from inframind.adapters.outbound import Outbound
from inframind.adapters.outbound_addresses import networks
from inframind.facts import IncidentChanged, IncidentOpened, IncidentResolved
from inframind.notification.channels import Channel, Secrets
from inframind.notification.escalations import Escalation, Step
from inframind.notification.matching import Match
from inframind.notification.silences import Silence
from inframind.ports.incidents import Round
from inframind.settings import settings
from inframind.signals import Incident
from tests.adapters.servers import Server, reply, serving
from tests.conftest import Account, forget, load_handler
from tests.functions.fuse import Fuse, Killed
from tests.notification.incidents import ANALYSIS, PAST, incident

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Now is when a test begins: its module may have been read an hour ago."""
    monkeypatch.setattr(sys.modules[__name__], "NOW", datetime.now(UTC).replace(microsecond=0))


def born() -> dict[str, Any]:
    return {"created_at": NOW, "updated_at": NOW}


class World:
    """An account, a provider on this machine that answers as told, and both functions."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.answers: list[bytes] = []
        self.sender = load_handler("notification", "sender").handler
        self.escalator = load_handler("notification", "escalator").handler

    def channel(self, name: str = "ops", kind: Any = "slack", secrets: Secrets | None = None, **more: Any) -> None:
        here: Secrets = {"webhook_url": self.server.url}
        kept = here if secrets is None else secrets
        wiring.channel_secrets().write(name, kept)
        wiring.channels().create(Channel(id=name, name=name, kind=kind, secret_names=tuple(kept), **born(), **more))

    def route(self, *steps: tuple[int, str], repeat: int | None = None) -> None:
        made = tuple(Step(after_seconds=after, channels=(name,)) for after, name in steps)
        wiring.escalations().create(Escalation(id="e", name="e", steps=made, repeat_seconds=repeat, **born()))

    def deliver(self, *facts: IncidentOpened | IncidentChanged | IncidentResolved) -> int:
        """Delivers events as EventBridge puts them into the queue; how many are to be tried again."""
        records = [
            {
                "messageId": str(number),
                "body": json.dumps(
                    {
                        "source": fact.source,
                        "detail-type": type(fact).__name__,
                        "detail": json.loads(fact.model_dump_json()),
                    }
                ),
            }
            for number, fact in enumerate(facts)
        ]
        return len(self.sender({"Records": records}, None)["batchItemFailures"])

    def tick(self) -> dict[str, int]:
        return dict(self.escalator({"schedule": "escalations"}, None))

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in self.server.requests]

    @property
    def headlines(self) -> list[str]:
        return [str(message["text"]) for message in self.messages]


@pytest.fixture
def world(aws: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    forget()
    monkeypatch.setattr(wiring, "http_client", lambda: Outbound(networks("127.0.0.0/8"), pause_s=0.01))
    made: list[World] = []

    def answer(connection: Any, _number: int) -> None:
        waiting = made[0].answers
        connection.sendall(waiting.pop(0) if waiting else reply(200, b'{"ok": true, "ts": "17.42"}'))

    with serving(answer) as server:
        made.append(World(server))
        yield made[0]


def state(minutes: float = 0, opened: float = 0, **changes: Any) -> Incident:
    """The incident, opened so many minutes ago, as it was so many minutes after."""
    began = NOW - timedelta(minutes=opened)
    return incident(**{"opened_at": began, "changed_at": began + timedelta(minutes=minutes)} | changes)


def was_opened(one: Incident) -> IncidentOpened:
    return IncidentOpened(id="f-opened", occurred_at=one.changed_at, incident=one)


def has_changed(one: Incident, reason: str = "grew") -> IncidentChanged:
    return IncidentChanged(id=f"f-{reason}", occurred_at=one.changed_at, incident=one, reason=reason)


def was_resolved(one: Incident) -> IncidentResolved:
    return IncidentResolved(id="f-resolved", occurred_at=one.changed_at, incident=one)


def test_an_incident_is_told_once_however_often_it_is_delivered(world: World) -> None:
    world.channel()
    for _ in range(3):
        assert world.deliver(was_opened(state()), was_opened(state())) == 0
    world.tick()
    assert world.headlines == ["🟠 HIGH · auth-api is slow"]


def test_what_changes_in_the_same_moment_is_one_message(world: World) -> None:
    world.channel()
    world.deliver(was_opened(state()), has_changed(state(0.1, severity="critical", signal_count=4)))
    assert world.headlines == ["🔴 CRITICAL · auth-api is slow"]


def test_facts_in_any_order_end_in_the_newest_state(world: World) -> None:
    world.channel()
    raised = has_changed(state(1, severity="critical"))
    for fact in (raised, was_opened(state()), raised):
        world.deliver(fact)
    over = was_resolved(state(5, status="resolved", resolved_at=NOW))
    world.deliver(over)
    world.deliver(raised, was_opened(state()))
    world.deliver(over)
    assert world.headlines == ["🔴 CRITICAL · auth-api is slow", "✅ HIGH · Resolved: auth-api is slow"]
    assert world.tick()["told"] == 0


def test_updates_are_replies_in_the_thread_where_there_is_a_token(world: World) -> None:
    base = world.server.url.removesuffix("/secret-path")
    world.channel(secrets={"bot_token": "xoxb-1"}, slack_channel="#ops", api_url=base)
    world.deliver(was_opened(state()))
    world.deliver(has_changed(state(1, severity="critical")))
    first, second = world.messages
    assert ("thread_ts" in first, second["thread_ts"], second["channel"]) == (False, "17.42", "#ops")
    assert b"POST /chat.postMessage" in world.server.requests[0]
    assert b"Bearer xoxb-1" in world.server.requests[0]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_what_slack_is_sent_again_after_a_kill_carries_the_id_it_had(
    world: World, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    base = world.server.url.removesuffix("/secret-path")
    world.channel(secrets={"bot_token": "xoxb-1"}, slack_channel="#ops", api_url=base)
    monkeypatch.setattr("inframind.adapters.notification.dynamo_notices.LEASE", timedelta(seconds=-5))
    notices = wiring.notices()
    for at in range(5):
        fused = Fuse(at, Killed(), after=after).around(notices)
        with monkeypatch.context() as patch, suppress(Killed):
            patch.setattr(wiring, "notices", lambda fused=fused: fused)
            world.deliver(was_opened(state(id=f"inc-{at}")))
        assert world.deliver(was_opened(state(id=f"inc-{at}"))) == 0
    assert len({message["client_msg_id"] for message in world.messages}) == 5
    assert len(world.messages) > 5 or after


def test_what_slack_had_and_lost_is_not_told_again(world: World) -> None:
    base = world.server.url.removesuffix("/secret-path")
    world.channel(secrets={"bot_token": "xoxb-1"}, slack_channel="#ops", api_url=base)
    world.answers = [reply(200, b'{"ok": false, "error": "duplicate_message_not_found"}')]
    assert world.deliver(was_opened(state())) == 0
    assert wiring.notices().record("inc-1", "ops").is_told
    assert world.tick()["told"] == 0


def test_a_provider_that_is_down_is_told_later_and_once(world: World) -> None:
    world.channel()
    world.answers = [reply(503)] * 3
    assert world.deliver(was_opened(state())) == 1
    assert world.deliver(was_opened(state())) == 0
    assert len(world.headlines) == 4
    assert world.deliver(was_opened(state())) == 0
    assert len(world.headlines) == 4


def test_the_escalator_makes_up_for_what_the_sender_had_to_give_up(world: World) -> None:
    world.channel()
    world.answers = [reply(503)] * 3
    world.deliver(was_opened(state()))
    assert world.tick()["told"] == 1
    assert world.tick()["told"] == 0


def test_a_provider_that_is_down_is_tried_once_a_batch_and_nobody_else_waits_for_it(world: World) -> None:
    world.channel("down", secrets={"webhook_url": "http://127.0.0.1:1/"})
    world.channel("ops")
    assert world.deliver(*(was_opened(state(id=f"inc-{n}")) for n in range(5))) == 5
    assert len(world.headlines) == 5
    assert world.deliver(was_opened(state(id="inc-0"))) == 1
    assert len(world.headlines) == 5


def test_one_broken_channel_keeps_nobody_else_from_hearing(world: World) -> None:
    world.channel("broken", secrets={"webhook_url": "https://169.254.169.254/"})
    world.channel("ops")
    assert world.deliver(was_opened(state())) == 0
    assert len(world.headlines) == 1
    assert wiring.notices().record("inc-1", "broken").reasons == ("opened",)


def test_what_was_refused_is_told_once_the_channel_is_mended(world: World) -> None:
    world.channel()
    world.answers = [reply(404)]
    assert world.deliver(was_opened(state())) == 0
    assert world.tick() == {"told": 0, "failed": 0, "left": 0}
    assert len(world.headlines) == 1
    kept = wiring.channels().get("ops")
    assert kept is not None
    wiring.channels().replace(kept.model_copy(update={"updated_at": datetime.now(UTC) + timedelta(milliseconds=2)}))
    assert [world.tick()["told"] for _ in range(2)] == [1, 0]
    assert world.headlines == ["🟠 HIGH · auth-api is slow"] * 2
    assert wiring.notices().record("inc-1", "ops").refused == ()


def test_a_channel_changed_by_a_clock_that_is_ahead_is_tried_once_and_not_again_and_again(world: World) -> None:
    world.channel()
    kept = wiring.channels().get("ops")
    assert kept is not None
    wiring.channels().replace(kept.model_copy(update={"updated_at": datetime.now(UTC) + timedelta(minutes=1)}))
    world.answers = [reply(404)] * 20
    assert world.deliver(was_opened(state())) == 0
    world.tick()
    assert len(world.headlines) == 1


@pytest.mark.parametrize("after", [False, True])
def test_a_sender_killed_at_any_call_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch, after: bool) -> None:
    world.channel("ops", kind="pagerduty", secrets={"routing_key": "r"}, api_url=world.server.url)
    notices = wiring.notices()
    for at in range(5):
        one = state(id=f"inc-{at}")
        fuse = Fuse(at, Killed(), after=after)
        fused = fuse.around(notices)
        with monkeypatch.context() as patch:
            patch.setattr(wiring, "notices", lambda fused=fused: fused)
            try:
                world.deliver(was_opened(one))
            except Killed:
                assert fuse.calls == at + 1
        monkeypatch.setattr("inframind.adapters.notification.dynamo_notices.LEASE", timedelta(seconds=-5))
        world.deliver(was_opened(one))
        keys = [message["dedup_key"] for message in world.messages]
        assert f"inframind/inc-{at}" in keys
        assert world.deliver(was_opened(one)) == 0
        assert [m["dedup_key"] for m in world.messages].count(f"inframind/inc-{at}") <= 2


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_pagerduty_holds_one_alert_and_it_ends_wherever_a_sender_is_killed(
    world: World, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    world.channel("ops", kind="pagerduty", secrets={"routing_key": "r"}, api_url=world.server.url)
    monkeypatch.setattr("inframind.adapters.notification.dynamo_notices.LEASE", timedelta(seconds=-5))
    notices = wiring.notices()
    for at in range(6):
        fused = Fuse(at, Killed(), after=after).around(notices)
        with monkeypatch.context() as patch, suppress(Killed):
            patch.setattr(wiring, "notices", lambda fused=fused: fused)
            world.deliver(was_opened(state(id=f"inc-{at}")))
        over = state(minutes=1, id=f"inc-{at}", status="resolved", resolved_at=NOW)
        for _ in range(2):
            assert world.deliver(was_resolved(over)) == 0
    alerts: dict[str, list[str]] = {}
    for message in world.messages:
        alerts.setdefault(message["dedup_key"], []).append(message["event_action"])
    assert set(alerts) <= {f"inframind/inc-{at}" for at in range(6)}
    assert all(one[-1] == "resolve" and one.count("resolve") == 1 for one in alerts.values())


def test_an_end_that_nobody_was_to_hear_of_is_told_to_nobody(world: World) -> None:
    world.channel("team")
    world.route((600, "team"))
    world.deliver(was_opened(state()))
    world.deliver(was_resolved(state(minutes=1, status="resolved", resolved_at=NOW)))
    assert world.messages == []


def test_nobody_acknowledging_brings_in_the_next_step_once(world: World) -> None:
    world.channel("team", kind="webhook")
    world.channel("lead", kind="webhook")
    world.route((0, "team"), (600, "lead"))
    world.deliver(was_opened(state(opened=11)))
    world.tick()
    assert [message["event"] for message in world.messages] == ["opened", "escalated"]


def test_an_acknowledgement_keeps_the_next_step_out(world: World) -> None:
    world.channel("team", kind="webhook")
    world.channel("lead", kind="webhook")
    world.route((0, "team"), (600, "lead"))
    held = state(
        1, opened=11, status="acknowledged", acknowledged_by="ann", acknowledged_until=NOW + timedelta(hours=1)
    )
    world.deliver(was_opened(state(opened=11)), has_changed(held, "acknowledged"))
    world.tick()
    assert [message["event"] for message in world.messages] == ["opened", "acknowledged"]


def test_a_silence_holds_back_and_its_end_tells_what_is_still_open(world: World) -> None:
    world.channel()
    kept = {"id": "s", "comment": "works", "created_by": "k", "ends_at": NOW + timedelta(hours=1)}
    wiring.silences().create(Silence(**kept, **born()))
    assert world.deliver(was_opened(state())) == 0
    assert world.tick()["told"] == 0
    wiring.silences().delete("s")
    assert world.tick()["told"] == 1
    assert len(world.headlines) == 1


def test_a_storm_becomes_a_digest(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Each minute of the clock is a window: this test is to lie in one, whenever it begins and however long it takes.
    monkeypatch.setattr("inframind.adapters.notification.dynamo_storms.STORM_WINDOW_S", 10**9)
    world.channel(storm_limit=3)
    for batch in range(4):
        world.deliver(*(was_opened(state(id=f"inc-{batch}-{n}", title=f"no {n}")) for n in range(10)))
    assert len(world.headlines) == 3
    world.tick()
    world.tick()
    assert len(world.headlines) == 4
    assert "37 notices, gathered in a storm" in world.headlines[-1]


def test_a_storm_pages_one_by_one(world: World) -> None:
    world.channel("ops", kind="pagerduty", secrets={"routing_key": "r"}, api_url=world.server.url, storm_limit=1)
    world.deliver(*(was_opened(state(id=f"inc-{n}")) for n in range(4)))
    assert sorted(message["dedup_key"] for message in world.messages) == [f"inframind/inc-{n}" for n in range(4)]


def test_a_mail_goes_to_the_topic_with_its_channel(world: World, aws: Account) -> None:
    sqs, sns = aws.client("sqs"), aws.client("sns")
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=aws.environment["NOTICE_TOPIC"], Protocol="sqs", Endpoint=arn)
    world.channel("mail", kind="email", secrets={})
    world.deliver(was_opened(state()))
    (message,) = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    got = json.loads(message["Body"])
    assert got["Subject"] == "HIGH - auth-api is slow"
    assert got["MessageAttributes"]["channel"]["Value"] == "mail"


def test_what_is_no_fact_ends_as_a_dead_letter_and_holds_nothing_up(world: World) -> None:
    world.channel()
    fact = was_opened(state())
    event = {"source": fact.source, "detail-type": "IncidentOpened", "detail": json.loads(fact.model_dump_json())}
    bodies = {"1": "{", "2": json.dumps(event), "3": json.dumps(event | {"detail-type": "Other"})}
    answer = world.sender({"Records": [{"messageId": name, "body": body} for name, body in bodies.items()]}, None)
    assert [one["itemIdentifier"] for one in answer["batchItemFailures"]] == ["1", "3"]
    assert len(world.headlines) == 1


def test_no_log_line_holds_a_secret(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.channel(secrets={"webhook_url": f"{world.server.url}/sesame"})
    world.answers = [reply(404), reply(503), reply(503), reply(503)]
    world.deliver(was_opened(state()))
    world.deliver(was_opened(state(id="inc-2")))
    logged = str([vars(record) for record in caplog.records])
    assert "notice refused" in logged
    assert "will be told again" in logged
    assert "sesame" not in logged


def test_a_models_analysis_and_the_past_are_one_update_however_often_they_are_told(world: World) -> None:
    world.channel()
    world.deliver(was_opened(state(analysis=ANALYSIS)))
    better = ANALYSIS.model_copy(update={"analyst": "ollama/llama3"})
    for minutes in (1, 1, 2):
        world.deliver(has_changed(state(minutes, analysis=better, similar=(PAST,)), "analysed"))
    world.deliver(has_changed(state(3, analysis=better, similar=(PAST,)), "remembered"))
    world.tick()
    assert world.headlines == ["🟠 HIGH · auth-api is slow", "🟠 HIGH · Analysed: auth-api is slow"]
    assert "82 % alike: 2025-12-02 auth-api was slow; cause: The pool was halved; helped: Rolled back" in json.dumps(
        world.messages[1], ensure_ascii=False
    )


def test_what_has_become_of_an_incident_while_its_fact_waited_is_told_at_once(world: World) -> None:
    world.channel()
    early, late = incident(severity="medium"), incident(severity="critical", changed_at=NOW + timedelta(seconds=1))
    wiring.incidents().commit(Round(b"board", 0, (late,)))
    world.deliver(IncidentOpened(id="f1", occurred_at=NOW, incident=early))
    world.deliver(IncidentChanged(id="f2", occurred_at=NOW, incident=late, reason="rose"))
    (headline,) = world.headlines
    assert "CRITICAL" in headline


def test_an_incident_is_told_of_for_as_long_as_it_is_kept(world: World, aws: Account) -> None:
    world.channel()
    world.deliver(was_opened(state()))
    items = aws.client("dynamodb").scan(TableName=aws.environment["NOTIFICATION_TABLE"])["Items"]
    ends = {item["pk"]["S"].partition("#")[0]: int(item["expires_at"]["N"]) for item in items if "expires_at" in item}
    kept = timedelta(days=settings().incident_retention_days)
    assert all(ends[kind] >= (NOW + kept).timestamp() for kind in ("incident", "told"))


def damage(aws: Account, pk: str, sk: str, text: str = '{"id": "cut') -> None:
    """Lets what is kept there be half of what it was."""
    where = {"pk": {"S": pk}, "sk": {"S": sk}}
    aws.client("dynamodb").put_item(TableName="NotificationTable", Item=where | {"record": {"S": text}})


def kept(aws: Account, pk: str) -> list[str]:
    items = aws.client("dynamodb").scan(TableName="NotificationTable")["Items"]
    return [item["record"]["S"] for item in items if item["pk"]["S"] == pk and "record" in item]


def damages(kind: str) -> float:
    return wiring.counters().read().get(("records_damaged_total", (("kind", kind),)), 0)


@pytest.mark.parametrize("kind", ["channel", "escalation", "silence"])
def test_what_is_configured_and_cannot_be_read_keeps_nobody_from_hearing(
    world: World, aws: Account, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.channel()
    damage(aws, f"{kind}s", "broken")
    assert world.deliver(was_opened(state())) == 0
    assert world.tick()["failed"] == 0
    assert world.headlines == ["🟠 HIGH · auth-api is slow"]
    assert damages(kind) == 2
    assert kept(aws, f"{kind}s").count('{"id": "cut') == 1
    assert [one.levelname for one in caplog.records if one.message == "record damaged"] == ["ERROR", "ERROR"]


def test_while_an_escalation_cannot_be_read_everybody_is_told_of_what_no_other_takes(
    world: World, aws: Account
) -> None:
    world.channel()
    world.channel("night")
    wiring.escalations().create(
        Escalation(id="e", name="e", match=Match(services=("cart",)), steps=(Step(channels=("night",)),), **born())
    )
    damage(aws, "escalations", "the one that takes the rest")
    world.deliver(was_opened(state()), was_opened(state(id="inc-2", services=("cart",))))
    assert len(world.headlines) == 3


def test_a_record_of_what_was_told_that_cannot_be_read_is_set_aside_and_the_channel_told_anew(
    world: World, aws: Account
) -> None:
    world.channel("other")
    world.channel()
    world.deliver(was_opened(state()))
    damage(aws, "told#inc-1", "ops")
    again = was_resolved(state(1, status="resolved", resolved_at=NOW))
    for _ in range(2):
        assert world.deliver(again) == 0
    assert world.headlines[2:] == ["✅ HIGH · Resolved: auth-api is slow"] * 2
    assert kept(aws, "damaged#told#inc-1") == ['{"id": "cut']
    assert damages("delivery") == 1


@pytest.mark.parametrize("first", ["sender", "escalator"])
def test_a_state_that_cannot_be_read_is_set_aside_and_taken_anew(world: World, aws: Account, first: str) -> None:
    one = state()
    wiring.incidents().commit(Round(b"board", 0, (one,)))
    wiring.board().note(one, NOW)
    damage(aws, "incident#inc-1", "state")
    world.channel()
    if first == "sender":
        assert world.deliver(was_opened(one)) == 0
    else:
        assert world.tick()["failed"] == 0
    assert world.headlines == ["🟠 HIGH · auth-api is slow"]
    assert world.tick()["failed"] == 0
    assert kept(aws, "damaged#incident#inc-1") == ['{"id": "cut']
    assert damages("incident") == 1
    assert wiring.board().listed() == ["inc-1"]
