"""State written by older programs, brought forward a version at a time."""

from collections.abc import Callable

from inframind.detection.bank.serialization import VERSION, Contents

KEPT_FROM_1 = ("keys/lengths", "batches/lengths", "newest_ms")


def forward(contents: Contents) -> Contents:
    """The contents as this program writes them.

    >>> import numpy as np
    >>> old = Contents({"keys/lengths": np.array([1]), "n": np.array([500.0])}, {"keys": b"a"}, version=1)
    >>> sorted(forward(old).arrays), forward(old).version == VERSION
    (['keys/lengths'], True)
    """
    while contents.version < VERSION:
        contents = STEPS[contents.version](contents)
    return contents


def _from_1(contents: Contents) -> Contents:
    """Version 1 kept a mean and a variance, from which no ranges follow: its series stay known and learn anew."""
    arrays = {name: contents.arrays[name] for name in KEPT_FROM_1 if name in contents.arrays}
    return Contents(arrays, contents.blobs, version=2)


def _from_2(contents: Contents) -> Contents:
    """Version 2 did not keep what was told already; a series without it learns it from its next samples."""
    return Contents(contents.arrays, contents.blobs, version=3)


def _from_3(contents: Contents) -> Contents:
    """Version 3 held the same, packed otherwise, which `serialization` has undone."""
    return Contents(contents.arrays, contents.blobs, version=4)


STEPS: dict[int, Callable[[Contents], Contents]] = {1: _from_1, 2: _from_2, 3: _from_3}
