"""What is secret about channels: one SecureString parameter each, `<prefix>/<channel id>`, encrypted by KMS.

A standard parameter costs nothing; a secret of Secrets Manager is 0.40 $ a month each.
"""

import json
from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.errors import Unavailable
from inframind.notification.channels import Secrets

STORE = "The parameter store"


class SsmSecrets:
    """The secret store on an SSM client."""

    def __init__(self, client: Any, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def read(self, channel_id: str) -> Secrets:
        """The channel's secrets; none if there are none."""
        with unavailable_as(STORE):
            try:
                answer = self._client.get_parameter(Name=self._name(channel_id), WithDecryption=True)
            except self._client.exceptions.ParameterNotFound:
                return {}
        try:
            found: Secrets = json.loads(answer["Parameter"]["Value"])
        except ValueError as damage:
            raise Unavailable(f"The secrets of channel {channel_id} cannot be read. Set them anew.") from damage
        return found

    def write(self, channel_id: str, secrets: Secrets) -> None:
        """Keeps the channel's secrets in the place of those it had."""
        text = json.dumps(secrets)
        with unavailable_as(STORE):
            self._client.put_parameter(Name=self._name(channel_id), Value=text, Type="SecureString", Overwrite=True)

    def delete(self, channel_id: str) -> None:
        """Forgets the channel's secrets, if there are any."""
        with unavailable_as(STORE):
            try:
                self._client.delete_parameter(Name=self._name(channel_id))
            except self._client.exceptions.ParameterNotFound:
                return

    def _name(self, channel_id: str) -> str:
        return f"{self._prefix}/{channel_id}"
