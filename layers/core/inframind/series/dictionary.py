"""A resource's dictionary: its series' names, each stored once and known by its ordinal ever after.

It is kept in pages that are only ever added; a page is named after the first ordinal in it.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from inframind.frame_blocks import FrameUnreadable, pack_names, unpack_names

PAGE_BYTES = 250_000  # names in a page before compression: an item of the table takes 400 KB
MAX_NAMES_BYTES = 32_000_000  # of all names of a resource: 50,000 of 640 bytes, three times the usual length


class Dictionary:
    """Names by ordinal, and ordinals by name."""

    def __init__(self) -> None:
        self.names: list[bytes] = []
        self.size = 0  # bytes of all names
        self._ordinals: dict[bytes, int] = {}

    def missing(self, series: Iterable[bytes]) -> list[bytes]:
        """The names that have no ordinal yet, in order."""
        return [name for name in series if name not in self._ordinals]

    def fitting(self, missing: Sequence[bytes], most: int) -> Sequence[bytes]:
        """As many of the missing names, from the first, as there is room for in a dictionary of `most` names.

        >>> Dictionary().fitting([b"up", b"cpu", b"load"], 2)
        [b'up', b'cpu']
        """
        size, room = self.size, max(0, most - len(self.names))
        for place, name in enumerate(missing[:room]):
            size += len(name)
            if size > MAX_NAMES_BYTES:
                return missing[:place]
        return missing[:room]

    def ordinals(self, series: Sequence[bytes]) -> NDArray[np.int64]:
        """The ordinal of every name; all of them must be known."""
        return np.fromiter(map(self._ordinals.__getitem__, series), np.int64, len(series))

    def next_page(self, missing: Sequence[bytes]) -> bytes:
        """As many of the missing names as a page holds, packed, to be kept under `len(names)`."""
        page: list[bytes] = []
        size = 0
        for name in missing:
            size += len(name) + 4
            if page and size > PAGE_BYTES:
                break
            page.append(name)
        return pack_names(page)

    def add_page(self, first: int, page: bytes) -> None:
        """Takes in the page kept under `first`; raises `FrameUnreadable` if it does not follow the names known so far.

        >>> dictionary = Dictionary()
        >>> dictionary.add_page(0, dictionary.next_page([b"up", b"cpu"]))
        >>> dictionary.ordinals([b"cpu"]).tolist(), dictionary.missing([b"up", b"load"])
        ([1], [b'load'])
        """
        if first != len(self.names):
            raise FrameUnreadable(f"dictionary damaged: a page begins at {first}, not at {len(self.names)}")
        for name in unpack_names(page):
            self._ordinals[name] = len(self.names)
            self.names.append(name)
            self.size += len(name)
