"""What assessing risk needs from the outside world."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from inframind.facts import RiskRaised
from inframind.records import RiskLevel


@dataclass(frozen=True, slots=True)
class KeptRisk:
    """A resource's level since `at`; `owed` is the rise to it, until that has been announced."""

    level: RiskLevel
    at: datetime
    owed: RiskRaised | None = None


class RiskStore(Protocol):
    """The last level of each resource, so that a rise is announced once."""

    def get(self, resource: str) -> KeptRisk | None:
        """What is kept of a resource, or None."""

    def move(self, resource: str, previous: KeptRisk | None, kept: KeptRisk) -> bool:
        """Keeps `kept` if what is kept is still `previous`; False if someone else moved it first."""

    def stopped_after(self) -> str | None:
        """The resource after which the assessor ran out of time, or None."""

    def stop_after(self, resource: str | None) -> None:
        """Notes where the assessor ran out of time; None: it did not."""
