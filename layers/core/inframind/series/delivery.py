"""One batch of queue messages: what each brought, what of it can be read, and which messages failed in the end."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from inframind.frames import HOUR_MS, Frame, FrameUnreadable, bundle, decode, encode_bounded, from_text, unbundle
from inframind.identity import shard_of
from inframind.series.merging import merge, without

PORTION = 2_000  # items: a busy minute of a fleet is less, and what is stored at once is stored fuller


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """A message as it came: id, body, when it was sent, and whether SQS has delivered it before."""

    id: str
    body: str
    sent_ms: int
    is_redelivered: bool = False


@dataclass(slots=True)
class Delivery:
    """What one message brought: frames, and the bytes that are none, each with the reason."""

    message: QueueMessage
    frames: list[Frame] = field(default_factory=list)
    unreadable: list[tuple[bytes, str]] = field(default_factory=list)

    @property
    def samples(self) -> int:
        """Samples in the frames that could be read."""
        return sum(frame.values.size if frame.present is None else int(frame.present.sum()) for frame in self.frames)

    @property
    def places(self) -> int:
        """Resources times hours: as many items of the table, at most, as the frames become."""
        return sum(len(np.unique(frame.times_ms // HOUR_MS)) for frame in self.frames)

    def drop(self, refused: Mapping[str, Container[bytes]]) -> None:
        """Forgets the series of each resource that were refused: they are not to be counted as stored."""
        self.frames = [without(frame, refused.get(frame.resource, ())) for frame in self.frames]

    def concerns(self, resources: Container[str]) -> bool:
        """Whether a frame of one of the resources came with it."""
        return any(frame.resource in resources for frame in self.frames)


def opened(message: QueueMessage) -> Delivery:
    """The frames of a message; a damaged one does not drag the others down."""
    delivery = Delivery(message)
    try:
        packed = unbundle(from_text(message.body))
    except FrameUnreadable as damage:
        delivery.unreadable.append((message.body.encode(), damage.detail))
        return delivery
    for data in packed:
        try:
            delivery.frames.append(decode(data))
        except FrameUnreadable as damage:
            delivery.unreadable.append((data, damage.detail))
    return delivery


def portions(deliveries: Iterable[Delivery], places: int = PORTION) -> Iterator[list[Delivery]]:
    """The deliveries in the order they were sent, as many together as become no more than `places` items."""
    portion: list[Delivery] = []
    held = 0
    for delivery in sorted(deliveries, key=lambda one: (one.message.sent_ms, one.message.id)):
        if portion and held + delivery.places > places:
            yield portion
            portion, held = [], 0
        portion.append(delivery)
        held += delivery.places
    if portion:
        yield portion


def merged(deliveries: Iterable[Delivery]) -> list[Frame]:
    """Everything that came, merged by resource; of two values of one sample the one sent later stays."""
    by_resource: dict[str, list[Frame]] = defaultdict(list)
    for delivery in sorted(deliveries, key=lambda one: (one.message.sent_ms, one.message.id)):
        for frame in delivery.frames:
            by_resource[frame.resource].append(frame)
    return [frame for frames in by_resource.values() for frame in merge(frames)]


def sent_last(deliveries: Iterable[Delivery]) -> dict[str, int]:
    """When the latest of the messages that concern a resource was sent (epoch ms): what others sent is not its time."""
    sent: dict[str, int] = {}
    for delivery in deliveries:
        for frame in delivery.frames:
            sent[frame.resource] = max(delivery.message.sent_ms, sent.get(frame.resource, delivery.message.sent_ms))
    return sent


def by_shard(frames: Iterable[Frame], shards: int) -> Mapping[int, Sequence[bytes]]:
    """The frames packed into bundles, by the shard of their resource."""
    packed: dict[int, list[bytes]] = defaultdict(list)
    for frame in frames:
        packed[shard_of(frame.resource, shards)] += encode_bounded(frame)
    return {shard: bundle(encoded) for shard, encoded in packed.items()}
