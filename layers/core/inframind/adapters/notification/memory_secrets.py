"""What is secret about channels, in memory, for tests."""

from inframind.notification.channels import Secrets


class MemorySecrets:
    """The secret store as a dictionary."""

    def __init__(self) -> None:
        self._kept: dict[str, Secrets] = {}

    def read(self, channel_id: str) -> Secrets:
        """The channel's secrets; none if there are none."""
        return dict(self._kept.get(channel_id, {}))

    def write(self, channel_id: str, secrets: Secrets) -> None:
        """Keeps the channel's secrets in the place of those it had."""
        self._kept[channel_id] = dict(secrets)

    def delete(self, channel_id: str) -> None:
        """Forgets the channel's secrets, if there are any."""
        self._kept.pop(channel_id, None)
