"""What happened before is found again, the most alike first, for reasons that can be read."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inframind.incidents.knowledge.entries import Knowledge, learnt
from inframind.incidents.knowledge.similarity import SHOWN, alike, recalled, searched
from inframind.incidents.knowledge.traits import TRAITS, traits
from inframind.signals import Incident, Lesson
from tests.contracts.incidents import incident
from tests.contracts.signals import TEN, signal
from tests.incidents.hostile import broken, deployed, jumped, logged

RIGHT = Lesson(cause_was_right=True, helped="Rolled back to v2.0.9.")


def over(one: Incident, **changes: Any) -> Incident:
    return one.model_copy(
        update={"status": "resolved", "resolved_at": TEN + timedelta(hours=1), "lesson": RIGHT} | changes
    )


def of(name: str, *signals: Any, **changes: Any) -> Incident:
    services = tuple(sorted({one.service for one in signals}))
    return incident(name, signals=signals, services=services, **changes)


def kept(name: str, *found: str, **changes: Any) -> Knowledge:
    return Knowledge(id=name, source="person", title=name, at=TEN, traits=found, **changes)


def entry(one: Incident) -> Knowledge:
    made = learnt(over(one))
    assert made
    return made


def test_an_incident_is_remembered_once_it_is_over_and_judged() -> None:
    assert learnt(broken()) is None
    assert learnt(over(broken(), lesson=None)) is None
    assert learnt(over(broken(), status="merged")) is None
    found = entry(broken())
    assert (found.cause, found.helped, found.cause_was_right) == ("The deployment of auth-api", RIGHT.helped, True)
    assert found.traits == (
        "deployed auth-api",
        "deployment",
        "kind anomaly",
        "kind log_spike",
        "metric api_latency_ms",
        "service auth-api",
        "template Database timeout",
    )


def test_feedback_in_words_alone_is_remembered_too() -> None:
    found = learnt(over(broken(), lesson=None, feedback="The pool. Rolling back helped."))
    assert found
    assert (found.notes, found.helped) == ("The pool. Rolling back helped.", "")
    (past,) = recalled(broken().model_copy(update={"id": "new"}), [found])
    assert past.helped == "The pool. Rolling back helped."


def test_a_cause_that_was_wrong_is_not_remembered_as_the_cause() -> None:
    wrong = learnt(over(broken(), lesson=Lesson(cause_was_right=False)))
    right = learnt(over(broken(), lesson=Lesson(cause_was_right=False, cause="The pool of connections")))
    assert wrong
    assert right
    assert (wrong.cause, right.cause) == ("", "The pool of connections")


def test_the_same_trouble_with_other_numbers_is_entirely_alike() -> None:
    before = of("before", deployed(), jumped(), logged("timeout after 30000 ms, request 7f3a9c0d1e2b"))
    now = of("now", deployed(5), jumped(9), logged("timeout after 12 ms, request 0000c0d1e2b7"))
    (past,) = recalled(now, [entry(before)])
    assert past.score == 1.0
    assert past.shared[0] == "template timeout after <*> ms, request <*>"


def test_the_same_log_line_in_another_service_is_more_alike_than_the_same_service_in_other_trouble() -> None:
    now = of("now", signal("log", kind="log_spike", title="connection pool exhausted"), jumped())
    same_line = of("line", signal("log", service="billing", kind="log_spike", title="connection pool exhausted"))
    same_service = of("service", signal("disk", evidence={"metric_name": "disk_used"}))
    found = alike(traits(now), [entry(same_service), entry(same_line)], 0.0)
    assert [one.entry.id for one in found] == ["line", "service"]


def test_what_is_common_in_the_memory_says_less_than_what_is_rare() -> None:
    entries = [kept(f"common {number}", "service web", "metric cpu") for number in range(20)]
    entries.append(kept("rare", "service db", "metric replication_lag"))
    first, second, *_ = alike(["metric cpu", "metric replication_lag"], entries, 0.0)
    assert first.entry.id == "rare"
    assert first.score > 2 * second.score


def test_an_incident_does_not_remember_itself_and_little_in_common_is_nothing() -> None:
    assert recalled(broken(), [entry(broken())]) == ()
    other = of("other", signal("x", service="mail", evidence={"metric_name": "queue_length"}))
    assert recalled(other, [entry(broken())]) == ()


def test_no_more_than_a_few_are_shown() -> None:
    before = [entry(broken().model_copy(update={"id": f"i{number}"})) for number in range(10)]
    assert len(recalled(broken(), before)) == SHOWN


def test_words_find_entries_by_what_was_written() -> None:
    pool = kept("pool", cause="The pool of database connections was halved", helped="Rolled back")
    disk = kept("disk", cause="The disk was full", notes="Old logs were deleted")
    assert [one.entry.id for one in searched("database pool", [disk, pool])] == ["pool"]
    assert searched("the", [disk, pool]) == []


drawn = st.lists(
    st.sampled_from(["service a", "service b", "metric m", "template t", "kind k", "deployment"]), max_size=6
)


@given(drawn, st.lists(drawn, max_size=6), st.randoms())
def test_likeness_lies_between_0_and_1_has_reasons_and_knows_no_order(
    wanted: list[str], others: Any, random: Any
) -> None:
    entries = [kept(f"e{place}", *dict.fromkeys(found)) for place, found in enumerate(others)]
    found = alike(wanted, entries, 0.0)
    shuffled = list(entries)
    random.shuffle(shuffled)
    assert found == alike(wanted[::-1], shuffled, 0.0)
    for one in found:
        assert 0.0 < one.score <= 1.0001
        assert set(one.shared) == set(wanted) & set(one.entry.traits)


@given(drawn.filter(bool), drawn.filter(bool))
def test_likeness_is_mutual(some: list[str], others: list[str]) -> None:
    both = [kept("some", *dict.fromkeys(some)), kept("others", *dict.fromkeys(others))]
    there = {one.entry.id: one.score for one in alike(some, both, 0.0)}
    back = {one.entry.id: one.score for one in alike(others, both, 0.0)}
    assert there.get("others") == back.get("some")
    assert there["some"] == pytest.approx(1.0, abs=1e-3)


def test_traits_are_bounded_and_those_that_say_most_stay() -> None:
    many = [signal(f"f{number}", evidence={"metric_name": f"m{number:03d}"}) for number in range(100)]
    found = traits(of("storm", *many, logged("pool exhausted")))
    assert len(found) == TRAITS
    assert "template pool exhausted" in found
