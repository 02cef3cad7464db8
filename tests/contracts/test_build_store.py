"""What every build store does, on memory and on DynamoDB."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random

import pytest

from inframind.adapters.optimization.dynamo_builds import DynamoBuilds
from inframind.adapters.optimization.memory_builds import MemoryBuilds
from inframind.builds import Configuration, Suggestion
from inframind.errors import Conflict, Rejected, TooLarge, Unavailable
from inframind.optimization.events import BuildClosed, BuildEvent
from inframind.optimization.log import build_of, packed
from inframind.optimization.places import MOST, Places
from inframind.ports.optimization import BuildQuery, BuildStore, StoredLog, StoredPlaces
from tests.conftest import Account
from tests.contracts.builds import at, completed, log, started, step
from tests.contracts.keys import strict

ANY = BuildQuery()
SIZE = Configuration(concurrency=4, cpus=4, memory_gb=8)
SUGGESTION = Suggestion(
    id="s-1",
    pipeline="team/shop",
    configuration=SIZE,
    default=SIZE,
    duration_s=None,
    cost_usd=None,
    peak_memory_gb=None,
    reason="Nothing is known yet.",
    explores=False,
    is_default=True,
    model_version="none",
    builds_known=0,
)


@pytest.fixture(params=["memory", "dynamo"])
def store(request: pytest.FixtureRequest) -> Iterator[BuildStore]:
    if request.param == "memory":
        yield MemoryBuilds()
        return
    account: Account = request.getfixturevalue("aws")
    yield DynamoBuilds(strict(account.client("dynamodb")), account.environment["BUILDS_TABLE"], timedelta(days=1))


def test_at_first_there_is_nothing(store: BuildStore) -> None:
    assert store.load("run-1") == StoredLog(None, 0)
    assert (store.get("run-1"), store.suggestion("s-1")) == (None, None)
    assert store.list(ANY, 10).items == () == tuple(store.quiet(at(9), 10))


def test_a_log_is_read_back_whole_and_as_the_build_it_makes(store: BuildStore) -> None:
    kept = log(started(context={"tool": "cmake", "cpus": 4}), step(max_rss_gb=3.1), completed())
    store.save(kept, 0)
    assert store.load("run-1") == StoredLog(kept, 1)
    assert store.get("run-1") == build_of(kept)


def test_of_two_who_read_the_same_log_one_writes(store: BuildStore) -> None:
    store.save(log(started()), 0)
    store.save(log(started(), step()), 1)
    for version in (0, 1):
        with pytest.raises(Conflict):
            store.save(log(started(), completed()), version)
    assert store.load("run-1") == StoredLog(log(started(), step()), 2)


def test_the_list_is_started_last_first_in_pages_with_steps(store: BuildStore) -> None:
    for number in range(7):
        name = f"run-{number}"
        store.save(log(started(name, number), step(name, number)), 0)
    names, cursor = [], None
    for _ in range(5):
        page = store.list(ANY, 3, cursor)
        assert all(len(one.steps) == 1 for one in page.items)
        names += [one.run_id for one in page.items]
        cursor = page.cursor
        if cursor is None:
            break
    assert names == [f"run-{number}" for number in reversed(range(7))]


def test_the_list_is_filtered_by_pipeline_and_outcome(store: BuildStore) -> None:
    store.save(log(started("a")), 0)
    store.save(log(started("b", pipeline="web"), completed("b", pipeline="web", outcome="failed")), 0)
    store.save(log(started("c", pipeline="web")), 0)
    queries = {
        "web": BuildQuery(pipeline="web"),
        "running": BuildQuery(outcome="running"),
        "failed web": BuildQuery("web", "failed"),
        "none": BuildQuery("we", "failed"),
    }
    found = {name: {one.run_id for one in store.list(query, 10).items} for name, query in queries.items()}
    assert found == {"web": {"b", "c"}, "running": {"a", "c"}, "failed web": {"b"}, "none": set()}


def test_only_builds_that_started_before_are_listed(store: BuildStore) -> None:
    for number in range(4):
        store.save(log(started(f"run-{number}", number)), 0)
    for query in (BuildQuery(before=at(2)), BuildQuery("team/shop", before=at(2))):
        assert [one.run_id for one in store.list(query, 9).items] == ["run-1", "run-0"]


def test_a_page_of_those_that_match_goes_on_where_it_ended(store: BuildStore) -> None:
    for number in range(9):
        name = f"run-{number}"
        store.save(log(started(name, number), completed(name, outcome="failed" if number % 3 else "success")), 0)
    first = store.list(BuildQuery(outcome="failed"), 4)
    rest = store.list(BuildQuery(outcome="failed"), 4, first.cursor)
    assert [one.run_id[-1] for one in (*first.items, *rest.items)] == ["8", "7", "5", "4", "2", "1"]


def test_a_build_whose_start_is_told_later_moves_to_its_pipeline_and_time(store: BuildStore) -> None:
    early = log(step(minute=5))
    store.save(early, 0)
    store.save(log(step(minute=5), started(minute=4, pipeline="team/web")), 1)
    (found,) = store.list(BuildQuery("team/web"), 9).items
    assert found.started_at == at(4)
    assert store.list(BuildQuery("team/shop"), 9).items == ()


def test_the_quiet_are_those_that_run_and_have_not_spoken_the_quietest_first(store: BuildStore) -> None:
    for name, minute in (("b", 2), ("a", 1), ("c", 3)):
        store.save(log(started(name, minute)), 0)
    store.save(log(started("done"), completed("done", 1)), 0)
    assert store.quiet(at(3), 9) == ["a", "b"]
    assert store.quiet(at(3), 1) == ["a"]
    store.save(log(started("a", 1), step("a", 7)), 1)
    assert store.quiet(at(3), 9) == ["b"]


def test_a_run_belongs_to_whoever_claims_it_first_and_stays_theirs(store: BuildStore) -> None:
    assert store.claim("run-1", "key-a") == "key-a"
    assert store.claim("run-1", "key-b") == "key-a" == store.claim("run-1", "key-a")
    store.save(log(started()), 0)
    store.save(log(started(), completed()), 1)
    assert store.claim("run-1", "key-b") == "key-a"
    assert (store.claim("run-2", "key-b"), store.get("run-2")) == ("key-b", None)


def test_of_two_who_read_the_same_places_one_writes_them(store: BuildStore) -> None:
    assert store.places() == StoredPlaces(Places(), 0)
    one, other = Places(heard={"team/shop": at(0)}), Places(heard={"team/web": at(1)})
    store.seat(one, 0)
    with pytest.raises(Conflict):
        store.seat(other, 0)
    assert store.places() == StoredPlaces(one, 1)
    store.seat(other, 1)
    assert store.places() == StoredPlaces(other, 2)
    assert store.list(ANY, 10).items == ()


def test_places_of_long_names_fit(store: BuildStore) -> None:
    random = Random(2)
    most = Places(heard={wide(random, 500): at(number) for number in range(MOST)})
    store.seat(most, 0)
    assert store.places().places == most


def test_a_suggestion_is_kept_beside_builds_of_the_same_name(store: BuildStore) -> None:
    store.suggest(SUGGESTION)
    store.suggest(SUGGESTION)
    assert store.suggestion("s-1") == SUGGESTION
    assert store.get("s-1") is None


def test_five_hundred_steps_with_long_names_fit(store: BuildStore) -> None:
    names = [
        "".join(chr(0x4E00 + (number * 7919 + place * 104_729) % 20_000) for place in range(200))
        for number in range(500)
    ]
    kept = log(started(), *(step(minute=number, name=name, max_rss_gb=number / 7) for number, name in enumerate(names)))
    store.save(kept, 0)
    assert len(store.load("run-1").log.events) == 501  # type: ignore[union-attr]


def test_a_cursor_that_is_none_is_refused(store: BuildStore) -> None:
    with pytest.raises(Rejected):
        store.list(ANY, 3, "ä")


def test_an_id_longer_than_any_key_of_a_table_is_not_found(store: BuildStore) -> None:
    assert store.get("x" * 3_000) is None
    assert store.suggestion("x" * 3_000) is None


def test_a_log_that_no_item_holds_is_too_large_and_what_was_kept_can_still_be_closed(store: BuildStore) -> None:
    random = Random(1)
    told: list[BuildEvent] = [step(name=wide(random, 200), minute=minute) for minute in range(500)]
    store.save(log(*told), 0)
    most = [*told, *(started(context={wide(random, 200): wide(random, 500) for _ in range(50)}) for _ in range(8))]
    with pytest.raises(TooLarge, match="limit"):
        store.save(log(*most), 1)
    fitting = next(size for size in range(len(most), 0, -1) if fits(most[:size]))
    store.save(log(*most[:fitting]), 1)
    store.save(log(*most[:fitting], BuildClosed(run_id="run-1", received_at=at(600))), 2)
    found = store.get("run-1")
    assert found is not None
    assert found.outcome == "abandoned"


def wide(random: Random, chars: int) -> str:
    """A text that nothing compresses, of characters that take three bytes."""
    return "".join(chr(random.randint(0x4E00, 0x9FFF)) for _ in range(chars))


def fits(events: Sequence[BuildEvent]) -> bool:
    try:
        packed(log(*events))
    except TooLarge:
        return False
    return True


def test_a_table_that_is_not_there_makes_the_store_unavailable(aws: Account) -> None:
    store = DynamoBuilds(aws.client("dynamodb"), "elsewhere", timedelta(days=1))
    calls = (
        lambda: store.load("x"),
        lambda: store.save(log(started()), 0),
        lambda: store.get("x"),
        lambda: store.list(ANY, 1),
        lambda: store.quiet(at(0), 1),
        lambda: store.claim("x", "key-a"),
        lambda: store.places(),
        lambda: store.seat(Places(), 0),
        lambda: store.suggest(SUGGESTION),
        lambda: store.suggestion("x"),
    )
    for call in calls:
        with pytest.raises(Unavailable, match="builds table"):
            call()


def test_builds_expire_by_the_time_they_are_kept(aws: Account) -> None:
    client, table = aws.client("dynamodb"), aws.environment["BUILDS_TABLE"]
    DynamoBuilds(client, table, timedelta(days=2), clock=lambda: at(0)).save(log(started()), 0)
    (item,) = client.scan(TableName=table)["Items"]
    assert item["expires_at"] == {"N": str(int((at(0) + timedelta(days=2)).timestamp()))}
