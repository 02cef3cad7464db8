"""Risk levels in memory, for tests."""

from inframind.ports.risk import KeptRisk


class MemoryRisk:
    """The risk store as a dictionary."""

    def __init__(self) -> None:
        self._kept: dict[str, KeptRisk] = {}
        self._stopped_after: str | None = None

    def get(self, resource: str) -> KeptRisk | None:
        """What is kept of a resource, or None."""
        return self._kept.get(resource)

    def move(self, resource: str, previous: KeptRisk | None, kept: KeptRisk) -> bool:
        """Keeps `kept` if what is kept is still `previous`; False if someone else moved it first."""
        if self._kept.get(resource) != previous:
            return False
        self._kept[resource] = kept
        return True

    def stopped_after(self) -> str | None:
        """The resource after which the assessor ran out of time, or None."""
        return self._stopped_after

    def stop_after(self, resource: str | None) -> None:
        """Notes where the assessor ran out of time; None: it did not."""
        self._stopped_after = resource
