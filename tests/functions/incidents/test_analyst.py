"""The analyst asks a model that may do anything, within limits, and leaves every incident with an analysis."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from inframind import wiring
from inframind.adapters.incidents.memory_analyses import MemoryAnalyses
from inframind.adapters.incidents.memory_knowledge import MemoryKnowledge
from inframind.adapters.incidents.memory_notes import MemoryNotes
from inframind.adapters.language_models.configured import model
from inframind.entry import Event
from inframind.errors import Unavailable
from inframind.incidents import handling
from inframind.incidents.analyst.budget import Spent
from inframind.incidents.knowledge.entries import learnt
from inframind.settings import Settings
from inframind.signals import Incident, Lesson
from inframind.usecases.incidents import rounds
from tests.adapters.servers import Server, answers, hangs, reply, serving
from tests.conftest import load_handler
from tests.contracts.signals import signal
from tests.functions.fuse import Fuse, Killed
from tests.functions.incidents.world import World, event
from tests.incidents.hostile import LINES, broken, deployed, jumped, logged, written

MINUTE_MS = 60_000


class Lab(World):
    """A world with an analyst in it, and with a model, if a server is given."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.notes, self.knowledge, self.analysis_queue = MemoryNotes(), MemoryKnowledge(), MemoryAnalyses()
        super().__init__(patch)
        for name in ("notes", "knowledge", "analysis_queue"):
            patch.setattr(wiring, name, partial(getattr, self, name))
        patch.setattr(wiring, "language_model", lambda: None)

    def asks(self, server: Server, timeout_s: float = 10.0) -> None:
        """From now on a model behind this server is asked, which speaks Ollama's protocol."""
        url = f"http://127.0.0.1:{server.port}"
        given = {
            "analyst_provider": "ollama",
            "analyst_model": "llama3",
            "analyst_url": url,
            "analyst_timeout_seconds": timeout_s,
        }
        now = Settings(**given, outbound_allowed="127.0.0.0/8")  # type: ignore[arg-type]
        made = model(now, lambda _service: NoParameters())
        self.patch.setattr(wiring, "language_model", lambda: made)

    def through_analyst(self, fuse: Fuse) -> None:
        """From now on every port that the analyst uses is reached through this fuse."""
        for name in ("incidents", "facts", "notes", "knowledge", "analysis_queue"):
            fused = fuse.around(getattr(self, name))
            self.patch.setattr(wiring, name, lambda fused=fused: fused)

    def analyse(self, *bodies: str) -> Event:
        """The analyst's answer to messages with these bodies; to all facts announced, if there are none."""
        return dict(load_handler("incidents", "analyst").handler(event(*(bodies or self.on_the_bus())), None))

    def on_the_bus(self) -> list[str]:
        """The facts announced, as EventBridge puts them into the queue."""
        return [
            json.dumps({"detail-type": type(fact).__name__, "detail": fact.model_dump(mode="json")})
            for fact in self.facts.announced
        ]

    def opens(self, *texts: str) -> Incident:
        """The seed's incident."""
        self.send(deployed(), jumped(), *[logged(text) for text in texts or ["Database timeout"]])
        return self.only()

    def only(self) -> Incident:
        (one,) = self.kept()
        found = self.incidents.get(one.id)
        assert found
        return found

    def spent(self) -> Spent:
        return Spent.model_validate_json(self.notes.notes[f"analyses {self.only().id}"])


class NoParameters:
    """A parameter store in which there is nothing."""

    class exceptions:  # noqa: N801, as boto3 names it
        class ParameterNotFound(Exception): ...

    def get_parameter(self, **_request: Any) -> Any:
        raise self.exceptions.ParameterNotFound


def says(text: str, **more: Any) -> bytes:
    """Ollama's answer with this text."""
    told = {"message": {"role": "assistant", "content": text}, "prompt_eval_count": 900, "eval_count": 100}
    return reply(200, json.dumps(told | more).encode())


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    return Lab(monkeypatch)


@pytest.fixture
def serve(lab: Lab) -> Iterator[Callable[..., Server]]:
    running: list[Any] = []

    def start(*texts: bytes) -> Server:
        context = serving(answers(*texts))
        running.append(context)
        server = context.__enter__()
        lab.asks(server)
        return server

    yield start
    for context in running:
        context.__exit__(None, None, None)


Serve = Callable[..., Server]


def test_what_opens_is_analysed_by_the_model_and_told_once(lab: Lab, serve: Serve) -> None:
    server = serve(says(written()))
    lab.opens()
    assert lab.analyse() == {"batchItemFailures": []}
    found = lab.only().analysis
    assert found
    assert (found.analyst, found.root_cause.confidence) == ("ollama/llama3", 85)
    assert found.root_cause.evidence_ids == (deployed().id, jumped().id)
    assert lab.stories() == ["IncidentOpened", "analysed"]
    (line,) = [one.text for one in lab.only().timeline if one.kind == "analysed"]
    assert line == f"ollama/llama3: {found.root_cause.description}"
    assert len(server.requests) == 1


def test_the_same_event_twice_leaves_the_same_world(lab: Lab, serve: Serve) -> None:
    server = serve(says(written()))
    lab.opens()
    bodies = lab.on_the_bus()
    lab.analyse(*bodies)
    once = (lab.incidents.board(), lab.only(), lab.told(), dict(lab.notes.notes), lab.analysis_queue.asked)
    lab.analyse(*bodies)
    lab.analyse(*bodies, *bodies)
    assert (lab.incidents.board(), lab.only(), lab.told(), dict(lab.notes.notes), lab.analysis_queue.asked) == once
    assert len(server.requests) == 1


def test_its_own_facts_and_what_people_do_lead_to_no_analysis(lab: Lab, serve: Serve) -> None:
    server = serve(says(written()))
    lab.opens()
    for _ in range(4):
        lab.analyse()
    rounds.work_round(lambda board, now: handling.acknowledge(board, lab.only(), "eve", lab.only().opened_at, now))
    lab.analyse()
    assert len(server.requests) == 1
    assert lab.stories() == ["IncidentOpened", "analysed", "acknowledged"]


def test_an_incident_that_grows_is_analysed_again_later_and_at_most_five_times(lab: Lab, serve: Serve) -> None:
    server = serve(says(written()))
    lab.opens()
    lab.analyse()
    for number in range(40):
        lab.now_ms += 5 * MINUTE_MS
        lab.send(signal(f"disk {number}", minute=5 * number, severity="high"))
        lab.analyse()
        for incident, delay, _ in lab.analysis_queue.asked[-1:]:
            lab.now_ms += 1000 * min(delay, 900)
            lab.analyse(json.dumps({"look_at": incident}))
    assert len(server.requests) == 5
    assert lab.spent().analyses == 5
    assert (lab.spent().input_tokens, lab.spent().output_tokens) == (4_500, 500)


def test_what_changes_too_soon_is_looked_at_once_later(lab: Lab, serve: Serve) -> None:
    server = serve(says(written()))
    lab.opens()
    lab.analyse()
    for number in range(5):
        lab.send(signal(f"disk {number}", minute=1))
        lab.analyse()
    assert [(delay, asked) for _, delay, asked in lab.analysis_queue.asked] == [(121, False)]
    lab.now_ms += 2 * MINUTE_MS
    lab.analyse(json.dumps({"look_at": lab.only().id}))
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (b"", 1),
        (reply(500), 1),
        (reply(429, b"", b"retry-after: 300"), 1),
        (reply(404, b'{"error": "model not found"}'), 1),
        (reply(302, b"", b"location: http://169.254.169.254/"), 1),
        (reply(200, b""), 2),
        (reply(200, b"<html>"), 2),
        (says("I am sorry."), 2),
        (says(written()[:-30]), 2),
        (says("{}"), 2),
        (says(json.dumps({"root_cause": {"description": "x", "confidence": 1, "evidence_ids": ["E99"]}})), 2),
        (reply(200, b'{"message": {"content": 7}}'), 2),
        (says("x" * 300_000), 1),
    ],
    ids=range(13),
)
def test_whatever_the_model_does_the_analysis_by_rules_stays(lab: Lab, serve: Serve, text: bytes, asked: int) -> None:
    server = serve(text)
    before = lab.opens()
    assert lab.analyse() == {"batchItemFailures": []}
    assert lab.only() == before
    assert before.analysis
    assert before.analysis.analyst == "rules"
    assert lab.stories() == ["IncidentOpened"]
    assert len(server.requests) == asked


def test_silence_ends_in_time_and_is_looked_at_again(lab: Lab) -> None:
    before = lab.opens()
    with serving(hangs) as server:
        lab.asks(server, 0.5)
        lab.analyse()
    assert lab.only() == before
    assert lab.analysis_queue.asked == [(before.id, 120, False)]


def test_an_answer_that_cannot_be_used_is_asked_for_once_more_with_the_reason(lab: Lab, serve: Serve) -> None:
    server = serve(says("Well, it depends."), says(written()))
    lab.opens()
    lab.analyse()
    found = lab.only().analysis
    assert found
    assert found.analyst == "ollama/llama3"
    assert b"Your last answer could not be used: It holds no complete JSON object" in server.requests[1]
    assert (lab.spent().analyses, lab.spent().input_tokens) == (1, 1_800)


def test_a_model_that_fails_again_and_again_is_left_alone_for_a_while(lab: Lab, serve: Serve) -> None:
    server = serve(reply(500), reply(500), reply(500), says(written()))
    for number in range(5):
        lab.send(*(signal(f"{name} {number}", service=f"service {number}") for name in ("latency", "errors")))
    lab.analyse()
    assert len(server.requests) == 3
    assert {delay for _, delay, _ in lab.analysis_queue.asked} == {120, 601}
    lab.now_ms += 10 * MINUTE_MS + 1_000
    lab.analyse(json.dumps({"look_at": lab.analysis_queue.asked[-1][0]}))
    assert len(server.requests) == 4
    assert lab.notes.notes["circuit"] == '{"failures":0,"open_until_ms":0}'


def test_the_wait_that_a_model_asks_for_is_heeded(lab: Lab, serve: Serve) -> None:
    server = serve(reply(429, b"", b"retry-after: 300"))
    one = lab.opens()
    lab.analyse()
    assert lab.analysis_queue.asked == [(one.id, 300, False)]
    lab.now_ms += 200_000
    lab.analyse(json.dumps({"look_at": one.id}))
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "limit", [{"analyst_token_limit": 1_000}, {"analyst_cost_limit": 0.01, "analyst_input_price": 1.0}]
)
def test_past_its_limits_nothing_is_asked(lab: Lab, serve: Serve, limit: dict[str, Any]) -> None:
    server = serve(says(written()))
    lab.patch.setattr("inframind.usecases.incidents.analysing.settings", lambda: Settings(**limit))
    before = lab.opens()
    lab.analyse()
    assert (server.requests, lab.only()) == ([], before)


@pytest.mark.parametrize("trick", sorted(LINES))
def test_a_hostile_log_line_that_the_model_obeys_changes_words_alone(lab: Lab, serve: Serve, trick: str) -> None:
    line = LINES[trick][:3_000].replace("\ud800", "")  # which no JSON of ours can carry
    obeyed = {"description": line, "confidence": 100, "reasoning": line, "evidence_ids": ["E3", "E99"]}
    actions = [{"action": line, "reasoning": line, "risk": "low", "priority": 0, "evidence_ids": ["E3"]}]
    server = serve(says(written(root_cause=obeyed, severity="low", recommended_actions=actions)))
    lab.opens(line)
    lab.analyse()
    found = lab.only()
    assert found.analysis
    assert found.severity == found.analysis.severity == "critical"
    assert found.analysis.recommended_actions[0].action == "rollback deployment"
    assert found.analysis.root_cause.confidence <= 95
    assert b"hunter2" not in server.requests[0]
    assert b"AKIAIOSFODNN7EXAMPLE" not in server.requests[0]


def test_an_incident_that_became_worse_meanwhile_keeps_its_severity(lab: Lab, serve: Serve) -> None:
    def answering(connection: Any, _number: int) -> None:
        lab.send(signal("disk", minute=2, severity="critical"))
        connection.sendall(says(written(severity="medium")))

    lab.send(signal("latency"), signal("errors", minute=1))
    with serving(answering) as server:
        lab.asks(server)
        lab.analyse()
    found = lab.only()
    assert found.analysis
    assert (found.analysis.analyst, found.severity, found.analysis.severity) == (
        "ollama/llama3",
        "critical",
        "critical",
    )
    assert len(found.signals) == 3
    lab.send(signal("memory", minute=3))
    assert lab.only().analysis == found.analysis


def test_an_incident_that_becomes_worse_afterwards_makes_its_analysis_worse(lab: Lab, serve: Serve) -> None:
    serve(says(written(severity="medium")))
    lab.send(signal("latency"), signal("errors", minute=1))
    lab.analyse()
    before = lab.only().analysis
    lab.send(signal("disk", minute=2, severity="critical"))
    after = lab.only().analysis
    assert before
    assert after
    assert (before.severity, after.severity) == ("medium", "critical")
    assert after.analyst == "ollama/llama3"


def test_two_analysts_at_one_incident_ask_once_and_one_looks_again(lab: Lab) -> None:
    def answering(connection: Any, number: int) -> None:
        if number == 0:
            lab.analyse()  # the same facts, delivered to another one meanwhile
        connection.sendall(says(written()))

    one = lab.opens()
    with serving(answering) as server:
        lab.asks(server)
        lab.analyse()
        assert len(server.requests) == 1
        assert lab.analysis_queue.asked == [(one.id, 141, False)]
        assert lab.spent().again_ms > lab.now_ms
        lab.now_ms += 141_000
        lab.analyse(json.dumps({"look_at": one.id}))
    assert len(server.requests) == 1
    assert lab.stories() == ["IncidentOpened", "analysed"]


class Raced(MemoryNotes):
    """A note store in which somebody else is always a moment faster."""

    def write(self, name: str, text: str, known: str | None) -> bool:
        """Comes too late."""
        super().write(name, text, known)
        return super().write(name, text, known)


def test_who_comes_second_to_an_analysis_leaves_it_and_looks_again(lab: Lab, serve: Serve) -> None:
    server = serve(says(written()))
    lab.notes = Raced()
    one = lab.opens()
    lab.analyse()
    assert server.requests == []
    assert lab.analysis_queue.asked == [(one.id, 30, False)]


def test_without_a_model_nothing_is_asked_and_the_rules_answer(lab: Lab) -> None:
    before = lab.opens()
    lab.analyse()
    assert lab.only() == before
    assert lab.notes.notes == {}


def test_what_is_over_and_judged_is_learnt_and_shown_on_the_next_one_like_it(lab: Lab) -> None:
    first = lab.opens()
    lesson = Lesson(cause_was_right=True, helped="Rolled back to v2.0.9.")
    rounds.work_round(lambda board, now: handling.resolve(board, lab.only(), "eve", now))
    rounds.work_round(lambda board, now: handling.judge(board, lab.only(), ("It was the pool.", lesson), now))
    for _ in range(2):
        lab.analyse()
    (kept,) = lab.knowledge.recent().items
    assert (kept.cause, kept.helped, kept.notes) == (
        "The deployment of auth-api",
        "Rolled back to v2.0.9.",
        "It was the pool.",
    )
    lab.send(deployed(60), jumped(68), logged("Database timeout", 69))
    lab.analyse()
    second = next(found for one in lab.kept() if one.id != first.id and (found := lab.incidents.get(one.id)))
    (past,) = second.similar
    assert (past.incident_id, past.helped, past.score) == (first.id, "Rolled back to v2.0.9.", 1.0)
    assert lab.stories()[-2:] == ["IncidentOpened", "remembered"]
    told = lab.told()
    lab.analyse()
    assert lab.told() == told


def test_what_was_like_it_before_is_told_to_the_model(lab: Lab, serve: Serve) -> None:
    over = broken().model_copy(
        update={"id": "before", "status": "resolved", "lesson": Lesson(helped="Restarted the pool.")}
    )
    before = learnt(over)
    assert before
    lab.knowledge.put(before)
    server = serve(says(written()))
    lab.opens()
    lab.analyse()
    assert b"Restarted the pool." in server.requests[0]
    assert lab.only().similar[0].incident_id == "before"
    assert lab.stories() == ["IncidentOpened", "analysed"]


def test_what_a_person_asks_for_is_not_put_off_and_yet_counted(lab: Lab, serve: Serve) -> None:
    server = serve(says(written()))
    one = lab.opens()
    lab.analyse()
    for _ in range(8):
        lab.analyse(json.dumps({"look_at": one.id, "is_asked_for": True}))
    assert len(server.requests) == 5


@pytest.mark.parametrize(
    "body", ["no json", "[]", "{}", "7", '{"detail-type": "IncidentOpened"}', '{"look_at": 7}', "null"]
)
def test_what_cannot_be_read_is_acknowledged_and_holds_nothing_up(lab: Lab, serve: Serve, body: str) -> None:
    server = serve(says(written()))
    lab.opens()
    assert lab.analyse(body, *lab.on_the_bus()) == {"batchItemFailures": []}
    assert len(server.requests) == 1


def test_an_incident_that_is_gone_or_merged_is_left(lab: Lab, serve: Serve) -> None:
    server = serve(says(written()))
    assert lab.analyse(json.dumps({"look_at": "gone"})) == {"batchItemFailures": []}
    assert server.requests == []


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(16))
def test_wherever_it_dies_the_next_delivery_ends_the_work_within_one_more_call(
    lab: Lab, serve: Serve, at: int, after: bool
) -> None:
    server = serve(says(written()))
    lab.opens()
    bodies = lab.on_the_bus()
    lab.through_analyst(Fuse(at, Killed(), after=after))
    try:
        lab.analyse(*bodies)
    except Killed:
        lab.through_analyst(Fuse())
        lab.now_ms += 30 * MINUTE_MS
        lab.analyse(*bodies)
    found = lab.only().analysis
    assert found
    assert found.analyst == "ollama/llama3"
    assert len(server.requests) <= 2
    assert len({name for kind, name in lab.told() if kind == "IncidentChanged"}) == 1


@pytest.mark.parametrize("at", range(10))
def test_a_dependency_that_is_away_fails_the_message_alone(lab: Lab, serve: Serve, at: int) -> None:
    serve(says(written()))
    lab.opens()
    bodies = lab.on_the_bus()
    fuse = Fuse(at, Unavailable("away"))
    lab.through_analyst(fuse)
    answer = lab.analyse(*bodies)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}] if fuse.calls > at else []}
