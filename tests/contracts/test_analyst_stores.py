"""What every note store, every knowledge store and every analysis queue does, in memory and on AWS."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from inframind.adapters.incidents.dynamo_knowledge import DynamoKnowledge
from inframind.adapters.incidents.dynamo_notes import DynamoNotes
from inframind.adapters.incidents.memory_analyses import MemoryAnalyses
from inframind.adapters.incidents.memory_knowledge import MemoryKnowledge
from inframind.adapters.incidents.memory_notes import MemoryNotes
from inframind.adapters.incidents.sqs_analyses import SqsAnalyses
from inframind.errors import Rejected, Unavailable
from inframind.incidents.analyst.requests import Wanted, wanted
from inframind.incidents.knowledge.entries import Knowledge
from inframind.ports.analysis import AnalysisQueue, KnowledgeStore, NoteStore
from tests.conftest import Account
from tests.contracts.signals import TEN

NOW = datetime(2026, 1, 11, tzinfo=UTC)


@pytest.fixture(params=["memory", "dynamodb"])
def notes(request: pytest.FixtureRequest, aws: Account) -> NoteStore:
    if request.param == "memory":
        return MemoryNotes()
    kept = timedelta(days=30)
    return DynamoNotes(aws.client("dynamodb"), aws.environment["INCIDENTS_TABLE"], kept, lambda: NOW)


@pytest.fixture(params=["memory", "dynamodb"])
def knowledge(request: pytest.FixtureRequest, aws: Account) -> KnowledgeStore:
    if request.param == "memory":
        return MemoryKnowledge()
    return DynamoKnowledge(aws.client("dynamodb"), aws.environment["INCIDENTS_TABLE"])


def entry(number: int, **changes: Any) -> Knowledge:
    at = TEN + timedelta(minutes=number)
    given: dict[str, Any] = {"title": f"entry {number}", "source": "person", "traits": ("service a", "kind alert")}
    return Knowledge.model_validate({"id": f"k{number:03d}", "at": at} | given | changes)


def test_a_note_is_written_over_what_was_read_alone(notes: NoteStore) -> None:
    assert notes.read("a") is None
    assert notes.write("a", "one", None)
    assert not notes.write("a", "two", None)
    assert not notes.write("a", "two", "another")
    assert notes.write("a", "two", "one")
    assert notes.read("a") == "two"
    assert notes.read("b") is None
    assert not notes.write("b", "x", "never there")


def test_a_note_fades(aws: Account) -> None:
    table = aws.environment["INCIDENTS_TABLE"]
    DynamoNotes(aws.client("dynamodb"), table, timedelta(days=30), lambda: NOW).write("a", "one", None)
    item = aws.client("dynamodb").get_item(TableName=table, Key={"pk": {"S": "note#a"}})["Item"]
    assert item["expires_at"] == {"N": str(int((NOW + timedelta(days=30)).timestamp()))}


def test_entries_are_kept_replaced_listed_by_time_and_forgotten(knowledge: KnowledgeStore) -> None:
    for number in (2, 0, 1):
        knowledge.put(entry(number))
    knowledge.put(entry(1, cause="the pool"))
    assert [one.id for one in knowledge.recent().items] == ["k002", "k001", "k000"]
    found = knowledge.get("k001")
    assert found == entry(1, cause="the pool")
    assert knowledge.delete("k001")
    assert not knowledge.delete("k001")
    assert knowledge.get("k001") is None
    assert [one.id for one in knowledge.recent().items] == ["k002", "k000"]


def test_an_entry_whose_time_has_changed_is_listed_once(knowledge: KnowledgeStore) -> None:
    knowledge.put(entry(0))
    knowledge.put(entry(0, at=TEN + timedelta(hours=1)))
    assert len(knowledge.recent().items) == 1


def test_pages_hold_every_entry_once(knowledge: KnowledgeStore) -> None:
    for number in range(25):
        knowledge.put(entry(number, notes="x" * 1_500))
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = knowledge.list(10, cursor)
        found += [one.id for one in page.items]
        cursor = page.cursor
        if cursor is None:
            break
        assert len(page.items) == 10
    assert found == [f"k{number:03d}" for number in range(24, -1, -1)]


def test_no_id_and_no_cursor_breaks_it(knowledge: KnowledgeStore) -> None:
    assert knowledge.get("x" * 5_000) is None
    assert not knowledge.delete("x" * 5_000)
    with pytest.raises(Rejected):
        knowledge.list(10, "no cursor!")


class Queued:
    """An analysis queue on SQS, and what stands in it."""

    def __init__(self, account: Account) -> None:
        self.client, self.url = account.client("sqs"), account.environment["ANALYSIS_QUEUE_URL"]
        self.queue = SqsAnalyses(self.client, self.url)

    def wanted(self) -> list[Wanted | None]:
        messages = self.client.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
        return [wanted(message["Body"]) for message in messages]


def test_what_is_asked_is_what_the_analyst_reads(aws: Account) -> None:
    queued = Queued(aws)
    queued.queue.ask("i1")
    queued.queue.ask("i2", is_asked_for=True)
    queued.queue.ask("i3", 100_000)
    found = queued.wanted()
    assert sorted(found, key=str) == [Wanted(incident="i1", why="again"), Wanted(incident="i2", why="asked")]


def test_a_queue_in_memory_notes_what_is_asked() -> None:
    queue = MemoryAnalyses()
    same: AnalysisQueue = queue
    same.ask("i1", 30, is_asked_for=True)
    assert queue.asked == [("i1", 30, True)]


def test_a_queue_that_is_not_there_is_unavailable(aws: Account) -> None:
    with pytest.raises(Unavailable, match="The analysis queue"):
        SqsAnalyses(aws.client("sqs"), "https://sqs.us-east-1.amazonaws.com/123456789012/elsewhere").ask("x")


def test_a_request_is_json(aws: Account) -> None:
    queued = Queued(aws)
    queued.queue.ask("i1")
    (message,) = queued.client.receive_message(QueueUrl=queued.url)["Messages"]
    assert json.loads(message["Body"]) == {"look_at": "i1"}
