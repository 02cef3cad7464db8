"""What the fact bus does, seen by a queue that listens to everything on it."""

import json
from typing import Any

import pytest

from inframind.adapters.platform.eventbridge_facts import ATTEMPTS, EventBridgeFacts
from inframind.adapters.platform.memory_facts import MemoryFacts
from inframind.detection.anomalies.outbox import found
from inframind.errors import Unavailable
from inframind.facts import AnomalyFound, IncidentOpened
from inframind.incidents.announcing import slim
from tests.conftest import Account
from tests.contracts.anomalies import anomaly
from tests.contracts.incidents import incident
from tests.contracts.signals import TEN, signal


def listening(aws: Account) -> str:
    """A queue to which a rule sends every fact of ours."""
    sqs, events, bus = aws.client("sqs"), aws.client("events"), aws.environment["BUS_NAME"]
    url: str = sqs.create_queue(QueueName="listener")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = json.dumps({"source": ["inframind.detection"]})
    events.put_rule(Name="all", EventBusName=bus, EventPattern=pattern)
    events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "listener", "Arn": arn}])
    return url


def received(aws: Account, url: str) -> list[dict[str, Any]]:
    bodies: list[dict[str, Any]] = []
    while messages := aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [json.loads(message["Body"]) for message in messages]
    return bodies


def test_twenty_five_facts_all_arrive_as_they_were_announced(aws: Account) -> None:
    url, facts = listening(aws), [found(anomaly(minute)) for minute in range(25)]
    EventBridgeFacts(aws.client("events"), aws.environment["BUS_NAME"]).announce(facts)
    bodies = received(aws, url)
    assert {(body["source"], body["detail-type"]) for body in bodies} == {("inframind.detection", "AnomalyFound")}
    arrived = {body["detail"]["id"]: AnomalyFound.model_validate(body["detail"]) for body in bodies}
    assert arrived == {fact.id: fact for fact in facts}


def size(call: dict[str, Any]) -> int:
    return sum(len(entry["Detail"].encode()) for entry in call["Entries"])


def test_facts_of_incidents_at_their_largest_are_announced_in_calls_that_the_bus_takes(aws: Account) -> None:
    client, sizes = aws.client("events"), list[int]()
    client.meta.events.register(
        "before-parameter-build.events.PutEvents", lambda params, **_: sizes.append(size(params))
    )
    smile = "\U0001f600"  # four bytes each
    signs = tuple(
        signal(
            f"{number}",
            title=smile * 200,
            detail=smile * 1_000,
            labels={f"{smile * 50}{n}": smile * 120 for n in range(24)},
        )
        for number in range(40)
    )
    largest = slim(incident("i", title=smile * 200, signals=signs))
    facts = [IncidentOpened(id=f"f{number}", occurred_at=TEN, incident=largest) for number in range(10)]
    EventBridgeFacts(client, aws.environment["BUS_NAME"]).announce(facts)
    assert max(sizes) <= 256 * 1024 < sum(sizes)


def test_nothing_to_announce_is_no_call(aws: Account) -> None:
    EventBridgeFacts(None, "anywhere").announce([])


class Refusing:
    """A client in front of the real one, which refuses some entries the way EventBridge does."""

    def __init__(self, client: Any, refused: int) -> None:
        self._client = client
        self.refused = refused

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803, as AWS calls it
        if not self.refused:
            answer: dict[str, Any] = self._client.put_events(Entries=Entries)
            return answer
        self.refused -= 1
        passed = self._client.put_events(Entries=Entries[1:])["Entries"] if Entries[1:] else []
        return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}, *passed]}


def test_an_entry_refused_alone_is_sent_again_alone(aws: Account) -> None:
    url, facts = listening(aws), [found(anomaly(minute)) for minute in range(3)]
    EventBridgeFacts(Refusing(aws.client("events"), 2), aws.environment["BUS_NAME"]).announce(facts)
    assert sorted(body["detail"]["id"] for body in received(aws, url)) == sorted(fact.id for fact in facts)


def test_an_entry_refused_again_and_again_makes_the_bus_unavailable(aws: Account) -> None:
    bus = EventBridgeFacts(Refusing(aws.client("events"), ATTEMPTS), aws.environment["BUS_NAME"])
    with pytest.raises(Unavailable, match="ThrottlingException"):
        bus.announce([found(anomaly())])


def test_a_bus_that_cannot_be_reached_is_unavailable(aws: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3
    from botocore.config import Config

    closed = boto3.client("events", endpoint_url="http://127.0.0.1:9", config=Config(retries={"total_max_attempts": 1}))
    with pytest.raises(Unavailable, match="could not be reached"):
        EventBridgeFacts(closed, "bus").announce([found(anomaly())])


def test_the_bus_in_memory_remembers_everything_in_order() -> None:
    bus, facts = MemoryFacts(), [found(anomaly(minute)) for minute in range(3)]
    bus.announce(facts[:1])
    bus.announce(facts[1:])
    assert bus.announced == facts
