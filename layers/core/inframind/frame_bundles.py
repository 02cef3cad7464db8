"""Bundles: as many frames as one queue message carries, end to end, and their form as text."""

import struct
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable

from inframind.errors import TooLarge
from inframind.frame_blocks import FrameUnreadable

BUNDLE_LIMIT = 190_000  # 253,336 characters of base64, so that a message stays below 256 KiB
LENGTH = struct.Struct("<I")
FRAME_LIMIT = BUNDLE_LIMIT - LENGTH.size


def bundle(frames: Iterable[bytes]) -> list[bytes]:
    """The frames, in order, in as few bundles as their order allows; raises `TooLarge` for one that fits in none."""
    bundles: list[list[bytes]] = []
    room = 0
    for frame in frames:
        needed = LENGTH.size + len(frame)
        if needed > BUNDLE_LIMIT:
            raise TooLarge(f"A frame of {len(frame)} bytes is over the limit of {FRAME_LIMIT}.")
        if needed > room:
            bundles.append([])
            room = BUNDLE_LIMIT
        bundles[-1] += (LENGTH.pack(len(frame)), frame)
        room -= needed
    return [b"".join(parts) for parts in bundles]


def unbundle(data: bytes) -> list[bytes]:
    """The frames of a bundle, still packed; raises `FrameUnreadable` where lengths and bytes disagree.

    >>> unbundle(bundle([b"one", b"two"])[0])
    [b'one', b'two']
    """
    frames, start = [], 0
    while start < len(data):
        begin = start + LENGTH.size
        if begin > len(data):
            raise FrameUnreadable("bundle damaged: it ends inside a length")
        (length,) = LENGTH.unpack_from(data, start)
        start = begin + length
        if start > len(data):
            raise FrameUnreadable("bundle damaged: it ends inside a frame")
        frames.append(data[begin:start])
    return frames


def to_text(bundled: bytes) -> str:
    """A bundle as the body of a queue message."""
    return b64encode(bundled).decode()


def from_text(text: str) -> bytes:
    """The bundle in the body of a queue message; raises `FrameUnreadable`."""
    try:
        return b64decode(text, validate=True)
    except (NotBase64, ValueError) as error:
        raise FrameUnreadable("message damaged: it is not base64") from error
