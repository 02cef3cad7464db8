"""Which conditions belong together: those of one service, and of services that call each other, close in time.

The groups are the connected components of "close to each other", so they depend on what was seen, never on the order
in which it arrived.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Edges = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Span:
    """When a service showed a condition: from its first to its last sign."""

    service: str
    first_ms: int
    last_ms: int


@dataclass(slots=True)
class _Cluster:
    first_ms: int
    last_ms: int
    members: list[str]


def groups(spans: Mapping[str, Span], edges: Edges, window_ms: int) -> list[frozenset[str]]:
    """The names in `spans`, parted into groups; two are close if no more than the window lies between them.

    O(n log n), and for each edge the clusters of its two services.

    >>> close = {"a": Span("web", 0, 5), "b": Span("web", 8, 9), "c": Span("db", 9, 9), "d": Span("db", 99, 99)}
    >>> sorted(sorted(one) for one in groups(close, [("web", "db")], 3))
    [['a', 'b', 'c'], ['d']]
    """
    clusters: dict[str, list[_Cluster]] = {}
    for name, span in sorted(spans.items(), key=lambda item: (item[1].first_ms, item[0])):
        _join(clusters.setdefault(span.service, []), name, span, window_ms)
    leaders = _Leaders()
    for one, other in edges:
        if one != other and one in clusters and other in clusters:
            _link(clusters[one], clusters[other], window_ms, leaders)
    found: dict[int, list[str]] = {}
    for cluster in (each for of_service in clusters.values() for each in of_service):
        found.setdefault(leaders.of(id(cluster)), []).extend(cluster.members)
    return [frozenset(members) for members in found.values()]


def _join(clusters: list[_Cluster], name: str, span: Span, window_ms: int) -> None:
    """Puts the span, which begins no earlier than any before it, into the last cluster or a new one."""
    if clusters and span.first_ms - clusters[-1].last_ms <= window_ms:
        clusters[-1].members.append(name)
        clusters[-1].last_ms = max(clusters[-1].last_ms, span.last_ms)
    else:
        clusters.append(_Cluster(span.first_ms, span.last_ms, [name]))


def _link(ours: Sequence[_Cluster], theirs: Sequence[_Cluster], window_ms: int, leaders: "_Leaders") -> None:
    """Unites clusters that are close; both lists are in order of time and lie apart among themselves."""
    our, their = 0, 0
    while our < len(ours) and their < len(theirs):
        one, other = ours[our], theirs[their]
        if max(one.first_ms, other.first_ms) - min(one.last_ms, other.last_ms) <= window_ms:
            leaders.unite(id(one), id(other))
        if one.last_ms <= other.last_ms:
            our += 1
        else:
            their += 1


class _Leaders:
    """Union-find: everybody follows, at last, the leader of their group."""

    def __init__(self) -> None:
        self._above: dict[int, int] = {}

    def of(self, one: int) -> int:
        while (above := self._above.get(one, one)) != one:
            self._above[one] = self._above.get(above, above)
            one = above
        return one

    def unite(self, one: int, other: int) -> None:
        self._above[self.of(one)] = self.of(other)
