"""Who calls whom, for those who learn it from samples and those who group signals by it.

The writer shows every frame it stored: names that it has not met within the hour are searched, new calls written to the
graph, and the correlator told that there is something to group anew. Nothing here ever holds samples or signals up.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from time import monotonic

from inframind import wiring
from inframind.entry import logger
from inframind.errors import Unavailable
from inframind.frames import Frame
from inframind.topology.call_graph import CallGraph, Edge
from inframind.topology.calls import Call, calls_in
from inframind.topology.listing import configured, followed
from inframind.usecases.clock import now_ms
from inframind.usecases.topology.call_graph import opened, revised

MET_S = 3_600.0  # names met within the hour are not searched again
MOST_MET = 50_000  # sets of names, and calls, 100 bytes each
READ_EVERY_S = 60.0  # how old the graph may be that signals are grouped by

log = logger("topology")


@dataclass(slots=True)
class Learner:
    """What this process has met, and when: sets of names by their hash, and calls; whether it owes word of new ones."""

    met: dict[int | Call, float] = field(default_factory=dict)
    owes_word: bool = False

    def learn(self, frames: Iterable[Frame]) -> None:
        """Enters the calls that the names of these frames tell of, as far as nobody has lately."""
        unmet = {hash((frame.resource, frame.series)): frame for frame in frames}
        unmet = {name: frame for name, frame in unmet.items() if self._is_new(name)}
        told = {call for frame in unmet.values() for call in calls_in(frame.resource, frame.series)}
        found = {call for call in told if self._is_new(call)}
        try:
            if found and _written({(one.caller, one.callee) for one in found if _is_service(one)}):
                self.owes_word = True
            if self.owes_word:
                wiring.signal_queue().regroup()
                self.owes_word = False
        except Unavailable as failed:
            log.warning("calls between services not learnt for now", reason=failed.detail)
            return
        if len(self.met) + len(unmet) + len(found) > MOST_MET:
            self.met.clear()
        self.met |= dict.fromkeys([*unmet, *found], monotonic())

    def _is_new(self, one: int | Call) -> bool:
        met_at = self.met.get(one)
        return met_at is None or monotonic() - met_at >= MET_S


@dataclass(slots=True)
class Reader:
    """The graph as it was last read."""

    version: int = 0
    graph: CallGraph = field(default_factory=CallGraph)
    read_at: float | None = None

    def current(self, version: int = 0) -> "Reader":
        """The graph, at most a minute old and no older than `version`; the last one known while it cannot be read."""
        if self.read_at is None or self.version < version or monotonic() - self.read_at >= READ_EVERY_S:
            try:
                self._read()
            except Unavailable as failed:
                log.warning("calls between services not read, those known are followed", reason=failed.detail)
        return self

    def edges(self, calls: str) -> frozenset[Edge]:
        """The calls to follow: those of the graph and those configured as `calls`, without what is denied."""
        return followed(self.graph, configured(calls), now_ms())

    def _read(self) -> None:
        stored = wiring.calls().load()
        self.version, self.graph = stored.version, opened(stored)
        self.read_at = monotonic()


def _written(found: set[Edge]) -> int:
    """Enters the calls; how many of them nobody knew."""
    at = now_ms()
    before, after = revised(lambda graph: graph.with_seen(found, at))
    new = after.edges(at) - before.edges(at)
    if new:
        log.info("calls between services learnt", calls=[f"{one}>{other}" for one, other in sorted(new)[:10]])
    return len(new)


def _is_service(call: Call) -> bool:
    return not call.is_address or wiring.series_store().summary(call.callee) is not None
