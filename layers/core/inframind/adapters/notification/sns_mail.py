"""E-mail through an SNS topic: each mail carries its channel as an attribute, for subscriptions that filter by it."""

from typing import Any

from inframind.adapters.aws import unavailable_as
from inframind.notification.outgoing import Mail


class SnsMail:
    """The mailer on an SNS client."""

    def __init__(self, client: Any, topic: str) -> None:
        self._client = client
        self._topic = topic

    def send(self, channel_id: str, mail: Mail) -> None:
        """Publishes the mail."""
        with unavailable_as("The topic of notices"):
            self._client.publish(
                TopicArn=self._topic,
                Subject=mail.subject,
                Message=mail.text,
                MessageAttributes={"channel": {"DataType": "String", "StringValue": channel_id}},
            )
