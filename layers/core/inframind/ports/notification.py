"""What notification needs from the outside world."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from inframind.notification.channels import Secrets
from inframind.notification.notices import DeliveryRecord
from inframind.notification.outgoing import Mail, Post
from inframind.signals import Incident


class SecretStore(Protocol):
    """What is secret about channels, by channel id, kept nowhere else."""

    def read(self, channel_id: str) -> Secrets:
        """The channel's secrets; none if there are none."""

    def write(self, channel_id: str, secrets: Secrets) -> None:
        """Keeps the channel's secrets in the place of those it had."""

    def delete(self, channel_id: str) -> None:
        """Forgets the channel's secrets, if there are any."""


class NoticeLedger(Protocol):
    """What each channel has been told of each incident, so that nothing is told twice."""

    def record(self, incident_id: str, channel_id: str) -> DeliveryRecord:
        """What the channel has been told of the incident so far. Raises `Damaged`."""

    def records(self, incident_id: str) -> Sequence[DeliveryRecord]:
        """What each channel has been told that knows of the incident, or may.

        It may where somebody claimed it and kept nothing, and where what is kept cannot be read.
        """

    def set_aside(self, incident_id: str, channel_id: str) -> None:
        """Keeps a record that cannot be read elsewhere: what the channel has been told is in doubt then."""

    def claim(self, record: DeliveryRecord, now: datetime) -> bool:
        """Whether the caller alone may tell the channel more: what is kept is still `told`, and nobody else is at it.

        A claim that is neither kept nor released within its lease has lapsed: whoever held it is gone.
        """

    def keep(self, record: DeliveryRecord, now: datetime) -> None:
        """Keeps what has been told by now, and ends the claim."""

    def release(self, record: DeliveryRecord) -> None:
        """Ends the claim: nothing was told."""


class IncidentBoard(Protocol):
    """The newest known state of each incident, and which are open."""

    def note(self, incident: Incident, now: datetime) -> Incident:
        """The newest of the state given and the one known, which is kept. Raises `Damaged`."""

    def listed(self) -> Sequence[str]:
        """The ids of all incidents that have not ended, and perhaps of some that have."""

    def open(self, incident_id: str) -> Incident | None:
        """The incident, if it has not ended; else it is struck off the list. Raises `Damaged`."""

    def set_aside(self, incident_id: str) -> None:
        """Keeps a state that cannot be read elsewhere: no state of the incident is known then."""


class StormGauge(Protocol):
    """How much each channel is being told, and what was put by for a digest."""

    def count(self, channel_id: str, now: datetime) -> int:
        """One notice more in the present window; how many that makes."""

    def put_by(self, channel_id: str, notice_id: str, line: str) -> None:
        """Keeps a line for the channel's next digest, once per notice."""

    def gathered(self, channel_id: str) -> Mapping[str, str]:
        """Notice id -> line, of everything put by for the channel."""

    def forget(self, channel_id: str, notice_ids: Sequence[str]) -> None:
        """Forgets what has been told in a digest."""


class HttpClient(Protocol):
    """Sends POST requests to addresses that a person configured."""

    def post(self, post: Post) -> bytes:
        """The body of the answer. Raises `Rejected` for what will be refused tomorrow as well."""


class Mailer(Protocol):
    """Sends e-mail to whoever has subscribed."""

    def send(self, channel_id: str, mail: Mail) -> None:
        """Sends the mail to the subscribers of the channel, and to those of all channels."""
