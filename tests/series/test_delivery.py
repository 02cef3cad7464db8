"""A batch of messages: damage stays where it is, what is good is merged and goes to its shard."""

from hypothesis import given
from hypothesis import strategies as st

from inframind.frames import Frame, bundle, decode, encode, to_text, unbundle
from inframind.identity import shard_of
from inframind.series.delivery import QueueMessage, by_shard, merged, opened, portions, sent_last
from tests.series.builders import a_frame, cells, some_frames


def message(*frames: Frame | bytes, sent_ms: int = 0, is_redelivered: bool = False) -> QueueMessage:
    packed = [frame if isinstance(frame, bytes) else encode(frame) for frame in frames]
    return QueueMessage(f"m{sent_ms}", to_text(bundle(packed)[0]), sent_ms, is_redelivered)


def test_a_damaged_frame_leaves_its_neighbours_readable() -> None:
    good, bad = a_frame({0: {b"a": 1.0}}), encode(a_frame({0: {b"b": 1.0}}))[:-1]
    delivery = opened(message(good, bad, good))
    assert (len(delivery.frames), delivery.samples) == (2, 2)
    assert delivery.unreadable == [(bad, "frame damaged: checksum differs")]


def test_a_message_that_is_no_bundle_is_unreadable_as_a_whole() -> None:
    [(data, reason)] = opened(QueueMessage("m", "not base64!", 0)).unreadable
    assert (data, reason) == (b"not base64!", "message damaged: it is not base64")


def test_only_samples_that_are_there_are_counted() -> None:
    assert opened(message(a_frame({0: {b"a": 1.0}, 1: {b"a": 1.0, b"b": 1.0}}))).samples == 3


@given(some_frames)
def test_the_value_sent_last_stays(frames: list[Frame]) -> None:
    messages = [message(frame, sent_ms=place) for place, frame in enumerate(frames)]
    assert cells(merged([opened(one) for one in reversed(messages)])) == cells(frames)


@given(st.lists(st.text(max_size=8), min_size=1, max_size=12, unique=True), st.integers(1, 5))
def test_every_frame_goes_to_the_shard_of_its_resource(resources: list[str], shards: int) -> None:
    frames = [a_frame({0: {b"a": 1.0}}, resource) for resource in resources]
    sent = {
        decode(packed).resource: shard
        for shard, bundles in by_shard(frames, shards).items()
        for one in bundles
        for packed in unbundle(one)
    }
    assert sent == {resource: shard_of(resource, shards) for resource in resources}


def test_a_delivery_knows_whom_it_concerns() -> None:
    delivery = opened(message(a_frame({0: {b"a": 1.0}}, "web"), a_frame({0: {b"a": 1.0}}, "db")))
    assert delivery.concerns({"db", "other"})
    assert not delivery.concerns({"other"})


def test_messages_are_stored_in_portions_of_so_many_items_in_the_order_they_were_sent() -> None:
    hours = a_frame({0: {b"a": 1.0}, 3_600: {b"a": 1.0}, 3_601: {b"a": 1.0}})  # two hours
    deliveries = [opened(message(hours, sent_ms=sent)) for sent in (3, 1, 2)]
    sent = [[one.message.sent_ms for one in portion] for portion in portions(deliveries, places=4)]
    assert sent == [[1, 2], [3]]
    assert [len(portion) for portion in portions(deliveries, places=1)] == [1, 1, 1]
    assert list(portions([])) == []


def test_a_resource_is_dated_by_the_latest_of_its_own_messages_whatever_their_order() -> None:
    sent = (("db-1", 300), ("db-1", 100), ("web", 200))
    deliveries = [opened(message(a_frame({0: {b"up": 1.0}}, name), sent_ms=at)) for name, at in sent]
    assert sent_last(deliveries) == {"db-1": 300, "web": 200}
