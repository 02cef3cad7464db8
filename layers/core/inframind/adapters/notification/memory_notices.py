"""The ledger of notices, the board of incidents and the gauge of storms in memory, for tests."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from inframind.notification.channels import STORM_WINDOW_S
from inframind.notification.notices import ENDED, DeliveryRecord, newest
from inframind.signals import Incident

LEASE = timedelta(seconds=90)


class MemoryNotices:
    """The ledger as two dictionaries."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str], DeliveryRecord] = {}
        self._claimed: dict[tuple[str, str], datetime] = {}
        self._tried: set[tuple[str, str]] = set()

    def record(self, incident_id: str, channel_id: str) -> DeliveryRecord:
        """What the channel has been told so far."""
        key = incident_id, channel_id
        nothing = DeliveryRecord(incident_id=incident_id, channel_id=channel_id, is_doubtful=key in self._tried)
        return self._told.get(key, nothing)

    def records(self, incident_id: str) -> Sequence[DeliveryRecord]:
        """What each channel has been told that knows of the incident, or may."""
        return [self.record(*key) for key in sorted(self._told.keys() | self._tried) if key[0] == incident_id]

    def set_aside(self, incident_id: str, channel_id: str) -> None:
        """Nothing here is ever damaged."""

    def claim(self, record: DeliveryRecord, now: datetime) -> bool:
        """Whether the caller alone may tell the channel more."""
        key = record.incident_id, record.channel_id
        if self.record(*key).reasons != record.reasons or now - self._claimed.get(key, now - 2 * LEASE) <= LEASE:
            return False
        self._claimed[key] = now
        self._tried.add(key)
        return True

    def keep(self, record: DeliveryRecord, now: datetime) -> None:  # noqa: ARG002, nothing expires here
        """Keeps what has been told by now, and ends the claim."""
        self._told[record.incident_id, record.channel_id] = record
        self.release(record)

    def release(self, record: DeliveryRecord) -> None:
        """Ends the claim."""
        self._claimed.pop((record.incident_id, record.channel_id), None)


class MemoryBoard:
    """The board as a dictionary."""

    def __init__(self) -> None:
        self._kept: dict[str, Incident] = {}

    def note(self, incident: Incident, now: datetime) -> Incident:  # noqa: ARG002, nothing expires here
        """The newest of the state given and the one known, which is kept."""
        known = self._kept.get(incident.id)
        self._kept[incident.id] = newest(known, incident) if known else incident
        return self._kept[incident.id]

    def set_aside(self, incident_id: str) -> None:
        """Nothing here is ever damaged."""

    def listed(self) -> Sequence[str]:
        """The ids of all incidents that have not ended."""
        return sorted(name for name, one in self._kept.items() if one.status not in ENDED)

    def open(self, incident_id: str) -> Incident | None:
        """The incident, if it has not ended."""
        known = self._kept.get(incident_id)
        return known if known and known.status not in ENDED else None


class MemoryStorms:
    """The gauge as a counter and a dictionary of dictionaries."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, int]] = Counter()
        self._lines: dict[str, dict[str, str]] = {}

    def count(self, channel_id: str, now: datetime) -> int:
        """One notice more in the present window; how many that makes."""
        window = channel_id, int(now.timestamp()) // STORM_WINDOW_S
        self._counts[window] += 1
        return self._counts[window]

    def put_by(self, channel_id: str, notice_id: str, line: str) -> None:
        """Keeps a line for the channel's next digest."""
        self._lines.setdefault(channel_id, {})[notice_id] = line

    def gathered(self, channel_id: str) -> Mapping[str, str]:
        """Notice id -> line, of everything put by for the channel."""
        return dict(sorted(self._lines.get(channel_id, {}).items()))

    def forget(self, channel_id: str, notice_ids: Sequence[str]) -> None:
        """Forgets what has been told in a digest."""
        for notice_id in notice_ids:
            self._lines[channel_id].pop(notice_id, None)
