"""One secret text, such as the key of a provider: a SecureString parameter that a person puts there."""

from typing import Any

from inframind.adapters.aws import unavailable_as


def secret_text(client: Any, name: str) -> str | None:
    """The parameter's text on an SSM client, or None if there is none."""
    with unavailable_as("The parameter store"):
        try:
            answer = client.get_parameter(Name=name, WithDecryption=True)
        except client.exceptions.ParameterNotFound:
            return None
    return str(answer["Parameter"]["Value"]).strip()
