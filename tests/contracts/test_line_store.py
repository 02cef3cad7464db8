"""What every store of lines does, in memory and on S3; and that a search finds what was kept."""

from collections.abc import Iterator

import pytest

from inframind.adapters.ingestion.memory_logs import MemoryLines
from inframind.adapters.ingestion.s3_lines import S3Lines
from inframind.errors import Unavailable
from inframind.ingestion.logs.at_rest import LinesKey, objects
from inframind.ingestion.logs.packing import packed, unpack
from inframind.ports.ingestion import LineStore
from tests.conftest import Account
from tests.ingestion.logs.lines import line


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest) -> Iterator[LineStore]:
    if request.param == "memory":
        yield MemoryLines()
        return
    account: Account = request.getfixturevalue("aws")
    yield S3Lines(account.client("s3"), account.environment["BANK_BUCKET"])


def key(written_ms: int = 5, services: frozenset[str] | None = frozenset({"aa"}), hour: int = 7) -> LinesKey:
    return LinesKey(2, hour, written_ms, 1, 9, services, "0123456789abcdef")


def test_an_object_is_read_as_it_was_kept_and_listed_with_its_key(store: LineStore) -> None:
    store.keep({key(): b"one"})
    assert list(store.keys(2, 7)) == [key()]
    assert store.read(key()) == b"one"


def test_objects_are_listed_by_shard_and_hour_oldest_first(store: LineStore) -> None:
    store.keep({key(11): b"b", key(5): b"a", key(5, hour=70): b"c"})
    assert [one.written_ms for one in store.keys(2, 7)] == [5, 11]
    assert list(store.keys(2, 8)) == list(store.keys(3, 7)) == []


def test_the_same_object_again_changes_nothing(store: LineStore) -> None:
    store.keep({key(): b"one"})
    store.keep({key(): b"one"})
    assert len(store.keys(2, 7)) == 1


def test_what_is_there_no_more_is_empty(store: LineStore) -> None:
    assert store.read(key()) == b""


def test_objects_made_of_packages_are_kept_as_they_are(store: LineStore) -> None:
    packages = [(data, unpack(data)) for data in packed([line(service=f"s{n}") for n in range(3)], 1)]
    made = objects(packages, [["0" * 12] * 3], 5)
    store.keep(made)
    (listed,) = store.keys(0, packages[0][1].hour)
    assert {listed: store.read(listed)} == made


def test_an_object_of_too_many_services_names_none_in_s3(aws: Account) -> None:
    store = S3Lines(aws.client("s3"), aws.environment["BANK_BUCKET"])
    many = frozenset(f"{number:08x}" for number in range(100))
    store.keep({key(services=many): b"one"})
    (listed,) = store.keys(2, 7)
    assert listed.services is None
    assert store.read(listed) == b"one"


def test_a_thousand_objects_and_more_are_all_listed(aws: Account) -> None:
    store = S3Lines(aws.client("s3"), aws.environment["BANK_BUCKET"])
    store.keep({key(number): b"x" for number in range(1_005)})
    assert [one.written_ms for one in store.keys(2, 7)] == list(range(1_005))


def test_what_else_lies_in_the_folder_is_passed_over(aws: Account) -> None:
    aws.client("s3").put_object(Bucket=aws.environment["BANK_BUCKET"], Key="lines/2/7/readme.txt", Body=b"x")
    assert list(S3Lines(aws.client("s3"), aws.environment["BANK_BUCKET"]).keys(2, 7)) == []


def test_a_bucket_that_is_not_there_makes_the_store_unavailable(aws: Account) -> None:
    store = S3Lines(aws.client("s3"), "elsewhere")
    for call in (lambda: store.keep({key(): b""}), lambda: store.keys(2, 7)):
        with pytest.raises(Unavailable, match="store of lines"):
            call()
