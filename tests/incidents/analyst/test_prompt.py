"""What a model is asked holds the evidence and nothing that could be taken for anything else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.incidents.analyst.prompt import ROOM, SYSTEM, prompt_of
from inframind.signals import Measurement, PastIncident
from tests.contracts.signals import TEN, signal
from tests.incidents.hostile import LINES, broken, deployed, jumped

PAST = PastIncident(
    knowledge_id="k1",
    title="latency",
    at=TEN,
    score=0.8,
    shared=("service auth-api",),
    cause="the pool",
    helped="rolling back",
)


def data(text: str) -> list[dict[str, Any]]:
    """The lines between the fences, which must be the first line and the only other one that looks like it."""
    lines = text.splitlines()
    mark = lines[0].removeprefix("<data ").removesuffix(">")
    end = lines.index(f"</data {mark}>")
    assert [place for place, line in enumerate(lines) if mark in line] == [0, end]
    assert lines[end + 1 :] == ["", "What is the root cause? Answer with JSON alone."]
    return [json.loads(line) for line in lines[1:end]]


def test_the_ranked_evidence_comes_first_under_short_names() -> None:
    asked = prompt_of(broken())
    head, *rest = data(asked.user)
    assert (head["severity"], head["services"], head["signals"]) == ("critical", ["auth-api"], 3)
    assert [(one["id"], one["kind"]) for one in rest[:3]] == [
        ("E1", "deployment"),
        ("E2", "anomaly"),
        ("E3", "log_spike"),
    ]
    assert rest[1]["z_score"] == 242.29
    assert rest[3] | {"score": 0, "reason": ""} == {
        "suspect": "auth-api", "kind": "deployment", "score": 0, "reason": "", "evidence_ids": ["E1", "E2", "E3"]
    }  # fmt: skip
    assert asked.names["E1"] == deployed().id
    assert asked.names["E2"] == jumped().id


def test_what_stored_metrics_say_can_be_cited() -> None:
    said = Measurement(id="m" * 16, service="auth-api", score=0.7, words="slower by 1.4 s; password=hunter2")
    asked = prompt_of(broken().model_copy(update={"measurements": (said,)}))
    line = data(asked.user)[4]
    assert (line["id"], line["kind"], line["part_of_the_trouble"]) == ("E4", "metrics", 0.7)
    assert "hunter2" not in asked.user
    assert asked.names["E4"] == said.id


def test_past_incidents_are_told_of_and_cannot_be_cited() -> None:
    asked = prompt_of(broken().model_copy(update={"similar": (PAST,)}))
    assert data(asked.user)[-1] == {"past": "latency", "alike": 0.8, "cause": "the pool", "helped": "rolling back"}
    assert set(asked.names) == {"E1", "E2", "E3"}


@pytest.mark.parametrize("trick", sorted(LINES))
def test_no_log_line_leaves_its_place_in_the_data(trick: str) -> None:
    asked = prompt_of(broken(LINES[trick]))
    lines = data(asked.user)
    assert len(lines) == len(data(prompt_of(broken()).user))
    assert set(asked.names) == {"E1", "E2", "E3"}
    assert asked.system == SYSTEM
    assert asked.user.replace("\n", "").isprintable()
    for secret in ("hunter2", "AKIAIOSFODNN7EXAMPLE", "s3cr3t"):
        assert secret not in asked.user


def test_a_label_whose_name_makes_it_a_secret_is_one() -> None:
    bare = broken()
    signals = (signal("x", labels={"db_password": "hunter2", "pod": "a"}), *bare.signals)
    assert "hunter2" not in prompt_of(bare.model_copy(update={"signals": signals})).user


@given(st.lists(st.text(max_size=200), min_size=1, max_size=6))
def test_whatever_is_logged_every_line_is_a_document_and_the_size_is_bounded(texts: list[str]) -> None:
    asked = prompt_of(broken(*texts))
    documents = data(asked.user)
    assert [one["id"] for one in documents if "id" in one] == list(asked.names)
    assert asked.characters < len(SYSTEM) + ROOM + 15_000


def test_a_storm_is_cut_to_its_room_with_what_suspects_rest_on_kept() -> None:
    many = [signal(f"f{number}", minute=number / 60, title="word " * 60, detail="other " * 80) for number in range(100)]
    bare = broken()
    asked = prompt_of(bare.model_copy(update={"signals": (*many, *bare.signals)}))
    assert asked.characters < len(SYSTEM) + ROOM + 15_000
    assert [asked.names[name] for name in ("E1", "E2")] == [deployed().id, jumped().id]
    cited = asked.schema["properties"]["root_cause"]["properties"]["evidence_ids"]["items"]["enum"]
    assert cited == list(asked.names)


def test_the_same_incident_makes_the_same_question() -> None:
    assert prompt_of(broken()) == prompt_of(broken())


def test_a_second_try_says_what_was_wrong_with_the_first() -> None:
    again = prompt_of(broken()).again("It is empty.")
    assert again.user.endswith("could not be used: It is empty. Answer with the JSON object alone.")
