"""Anomalies in memory, for tests."""

from collections.abc import Collection, Mapping, Sequence

from inframind.adapters.cursors import from_cursor, to_cursor
from inframind.ports.detection import AnomalyQuery
from inframind.ports.paging import Page
from inframind.records import Anomaly, Feedback


class MemoryAnomalies:
    """The anomaly store as a dictionary."""

    def __init__(self) -> None:
        self._kept: dict[str, Anomaly] = {}

    def put(self, anomalies: Sequence[Anomaly]) -> None:
        """Keeps anomalies; one with a known id is replaced (an open one never replaces a cleared one)."""
        for anomaly in anomalies:
            if anomaly.phase == "cleared" or self._phase(anomaly.id) != "cleared":
                before = self._kept.get(anomaly.id)
                self._kept[anomaly.id] = anomaly.model_copy(update={"feedback": before.feedback}) if before else anomaly

    def judge(self, anomaly_id: str, feedback: Feedback) -> Anomaly | None:
        """The anomaly, with what a person says of it kept from now on; None if there is no such anomaly."""
        if anomaly_id not in self._kept:
            return None
        self._kept[anomaly_id] = self._kept[anomaly_id].model_copy(update={"feedback": feedback})
        return self._kept[anomaly_id]

    def get(self, anomaly_id: str) -> Anomaly | None:
        """The anomaly, or None."""
        return self._kept.get(anomaly_id)

    def known(self, anomaly_ids: Collection[str]) -> Mapping[str, Anomaly]:
        """Those of the anomalies that there are, by id."""
        return {name: self._kept[name] for name in anomaly_ids if name in self._kept}

    def list(self, query: AnomalyQuery, limit: int, cursor: str | None = None) -> Page[Anomaly]:
        """The anomalies that match, newest first."""
        start = int(from_cursor(cursor)) if cursor else 0
        newest = sorted(self._kept.values(), key=lambda one: (one.detected_at, one.id), reverse=True)
        matching = [one for one in newest if _matches(one, query)]
        following = to_cursor(str(start + limit)) if start + limit < len(matching) else None
        return Page(tuple(matching[start : start + limit]), following)

    def _phase(self, anomaly_id: str) -> str | None:
        kept = self._kept.get(anomaly_id)
        return kept.phase if kept else None


def _matches(anomaly: Anomaly, query: AnomalyQuery) -> bool:
    return (
        query.resource in (None, anomaly.resource_id)
        and (query.since is None or anomaly.detected_at >= query.since)
        and (query.until is None or anomaly.detected_at < query.until)
        and query.severity in (None, anomaly.severity)
        and query.phase in (None, anomaly.phase)
    )
