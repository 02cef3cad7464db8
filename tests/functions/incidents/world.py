"""Every port of the functions of incidents in memory, through a fuse where a test wants one to blow."""

import json
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest

from inframind import wiring
from inframind.adapters.detection.memory_anomalies import MemoryAnomalies
from inframind.adapters.incidents.memory_incidents import MemoryIncidents
from inframind.adapters.incidents.memory_signals import MemorySignals
from inframind.adapters.platform.memory_counters import MemoryCounters
from inframind.adapters.platform.memory_facts import MemoryFacts
from inframind.adapters.topology.memory_calls import MemoryCalls
from inframind.facts import IncidentChanged, IncidentOpened, IncidentResolved
from inframind.incidents import handling
from inframind.incidents.board import Board
from inframind.ports.incidents import IncidentQuery
from inframind.signals import Incident, Signal
from inframind.usecases import clock
from inframind.usecases.incidents import rounds
from inframind.usecases.topology.service_graph import Reader
from tests.conftest import load_handler
from tests.contracts.incidents import TEN_MS
from tests.functions.fuse import Fuse

PORTS = ("incidents", "facts", "signal_queue", "anomalies")


class World:
    """Ports and a clock; a correlator is a fresh process each time."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch
        self.incidents, self.facts, self.signal_queue = MemoryIncidents(), MemoryFacts(), MemorySignals()
        self.anomalies, self.counters, self.calls = MemoryAnomalies(), MemoryCounters(), MemoryCalls()
        self.now_ms = TEN_MS
        patch.setattr(wiring, "counters", lambda: self.counters)
        patch.setattr(wiring, "calls", lambda: self.calls)
        patch.setattr(rounds, "_known", Reader())
        patch.setattr(clock, "now_ms", lambda: self.now_ms)
        self.through(Fuse())

    def through(self, fuse: Fuse) -> None:
        """From now on every port but the counters is reached through this fuse."""
        for name in PORTS:
            fused = fuse.around(getattr(self, name))
            self.patch.setattr(wiring, name, lambda fused=fused: fused)

    def deliver(self, *bodies: str) -> dict[str, Any]:
        """The correlator's answer to messages with these bodies."""
        return dict(correlator().handler(event(*bodies), None))

    def send(self, *signals: Signal) -> dict[str, Any]:
        """The correlator's answer to one message with these signals."""
        return self.deliver(body(signals))

    def pass_minutes(self, minutes: float) -> None:
        """The clock moves on; every minute the reminder that was sent last arrives."""
        for _ in range(round(minutes)):
            self.now_ms += 60_000
            for due, _delay in self.signal_queue.reminders[-1:]:
                self.deliver(json.dumps({"look": due}))

    def resolve(self, incident: str) -> None:
        """Somebody says that it is over."""
        known = self.incidents.get(incident)
        assert known is not None
        rounds.work_round(lambda board, now_ms: handling.resolve(board, known, "somebody", now_ms))

    def board(self) -> Board:
        """The board as it is kept."""
        data = self.incidents.board().data
        return Board.from_bytes(data) if data else Board()

    def kept(self) -> list[Incident]:
        """Every incident, newest first."""
        return list(self.incidents.list(IncidentQuery(), 100).items)

    def told(self) -> list[tuple[str, str]]:
        """What was announced: the fact and its id."""
        return [(type(fact).__name__, fact.id) for fact in self.facts.announced]

    def stories(self) -> list[str]:
        """What was announced, in words."""
        words = []
        for fact in self.facts.announced:
            assert isinstance(fact, IncidentOpened | IncidentChanged | IncidentResolved)
            words.append(fact.reason if isinstance(fact, IncidentChanged) else type(fact).__name__)
        return words


def correlator() -> ModuleType:
    """A fresh process."""
    return load_handler("incidents", "correlator")


def body(signals: Sequence[Signal]) -> str:
    """A message as the door sends it."""
    return json.dumps({"signals": [one.model_dump(mode="json") for one in signals]})


def event(*bodies: str) -> dict[str, Any]:
    """A batch of messages as SQS delivers it."""
    return {"Records": [{"messageId": str(place), "body": text} for place, text in enumerate(bodies)]}
