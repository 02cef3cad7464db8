"""The calls that are known: those that series told of, each with when it was last seen, and what people say of calls.

What is seen is bounded, and forgotten when nobody tells of it. What people say stays until they take it back; that a
call is none wins over whatever else is told of it.
"""

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from inframind.errors import Conflict, Malformed, Unavailable
from inframind.identity import content_id

DAY_MS = 86_400_000
KEPT_MS = 14 * DAY_MS  # after the last sign of it: longer than a holiday, shorter than a service that was retired
REFRESH_MS = DAY_MS  # what was seen less than this ago is not written again
MOST = 2_000  # calls seen; as compressed JSON a tenth of what an item may hold
OF_A_CALLER = 64  # beyond it, somebody writes addresses or ids where services should stand
SEEN_BYTES = 200_000  # of the names of calls seen, which nothing compresses if they are made so
MOST_SAID = 1_000  # calls declared and denied
SAID_BYTES = 100_000  # of their names: with those seen, less than the 400 KB of an item
FORM = 2  # of the bytes; 1 knew of nothing that people say

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of a call: that there is one or that there is none, under which key, when in milliseconds."""

    is_denied: bool
    by: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class CallGraph:
    """Calls (caller, callee): when each was last seen, in epoch milliseconds, and what people say of them."""

    seen: Mapping[Edge, int] = field(default_factory=dict)
    said: Mapping[Edge, Said] = field(default_factory=dict)

    def edges(self, now_ms: int) -> frozenset[Edge]:
        """The calls that were seen lately enough or declared, without those that are denied."""
        seen = {edge for edge, at in self.seen.items() if now_ms - at < KEPT_MS}
        return frozenset(seen | self.said.keys()) - self.denied

    @property
    def denied(self) -> frozenset[Edge]:
        """The calls that people say there are not."""
        return frozenset(edge for edge, one in self.said.items() if one.is_denied)

    @property
    def edition(self) -> str:
        """What people say, as an id: another one as soon as they say anything else."""
        words = ((*edge, str(one.is_denied)) for edge, one in sorted(self.said.items()))
        return content_id((word.encode() for words_of_one in words for word in words_of_one), size=6)

    def with_seen(self, found: Iterable[Edge], now_ms: int) -> "CallGraph":
        """The graph with these calls seen now; this very graph if that says nothing worth a write.

        What is denied is not taken in. What there is no room for is left out: known calls stay until nobody has told
        of them for a while.

        >>> graph = CallGraph().with_seen([("web", "auth")], 0)
        >>> graph.with_seen([("web", "auth")], 3_600_000) is graph
        True
        """
        due = {edge for edge in found if now_ms - self.seen.get(edge, -KEPT_MS) >= REFRESH_MS}
        wanted = due - self.denied
        if not wanted:
            return self
        kept = {edge: at for edge, at in self.seen.items() if now_ms - at < KEPT_MS}
        load, size = Counter(caller for caller, _ in kept), _name_bytes(kept)
        for edge in sorted(wanted):
            if edge not in kept:
                size_with = size + _name_bytes([edge])
                if len(kept) >= MOST or load[edge[0]] >= OF_A_CALLER or size_with > SEEN_BYTES:
                    continue
                load[edge[0]] += 1
                size = size_with
            kept[edge] = now_ms
        return self if kept == self.seen else CallGraph(kept, self.said)

    def with_said(self, wanted: Mapping[Edge, bool], by: str, now_ms: int) -> "CallGraph":
        """The graph with each of these calls declared, or denied (true); this very one if it says so already.

        What is denied is no longer known as seen. Raises `Conflict` where there would be too much.

        >>> CallGraph().with_seen([("web", "auth")], 0).with_said({("web", "auth"): True}, "0123456789ab", 1).edges(2)
        frozenset()
        """
        news = {edge: Said(denied, by, now_ms) for edge, denied in wanted.items() if not self._says(edge, denied)}
        if not news:
            return self
        said = {**self.said, **news}
        if len(said) > MOST_SAID or _name_bytes(said) > SAID_BYTES:
            raise Conflict(
                f"{len(said):,} calls would then be declared or denied, with {_name_bytes(said):,} bytes of names. "
                f"The limits are {MOST_SAID:,} and {SAID_BYTES:,}. Take some back with DELETE."
            )
        return CallGraph({edge: at for edge, at in self.seen.items() if not wanted.get(edge)}, said)

    def without(self, edge: Edge) -> "CallGraph":
        """The graph that knows nothing of this call, neither seen nor said; this very graph if it does not."""
        if edge not in self.seen and edge not in self.said:
            return self
        seen = {one: at for one, at in self.seen.items() if one != edge}
        return CallGraph(seen, {one: said for one, said in self.said.items() if one != edge})

    def to_bytes(self) -> bytes:
        """The graph as compressed JSON: rows of caller, callee, last seen, and of caller, callee, denied, by, at."""
        seen = [[caller, callee, at] for (caller, callee), at in sorted(self.seen.items())]
        said = [[*edge, one.is_denied, one.by, one.at_ms] for edge, one in sorted(self.said.items())]
        return zlib.compress(json.dumps({"form": FORM, "calls": seen, "said": said}).encode(), 6)

    @classmethod
    def from_bytes(cls, data: bytes) -> "CallGraph":
        """The inverse of `to_bytes`, which reads older forms as well.

        Raises `Malformed` for bytes that are no graph, `Unavailable` for a form that a newer release writes: to write
        over that would lose what people said.
        """
        try:
            told = json.loads(zlib.decompress(data))
            form, rows, said = told.get("form", 1), told["calls"], told.get("said", ())
            if form > FORM:
                raise Unavailable(f"The call graph has form {form}, which a newer release writes.")
            return cls(
                {(caller, callee): at for caller, callee, at in rows},
                {(caller, callee): Said(denied, by, at) for caller, callee, denied, by, at in said},
            )
        except (ValueError, KeyError, TypeError, AttributeError, zlib.error) as error:
            raise Malformed(f"The call graph cannot be read: {error}") from error

    def _says(self, edge: Edge, denied: bool) -> bool:
        return edge in self.said and self.said[edge].is_denied == denied


def _name_bytes(edges: Iterable[Edge]) -> int:
    return sum(len(name.encode()) for edge in edges for name in edge)
