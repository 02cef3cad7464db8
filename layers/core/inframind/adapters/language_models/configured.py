"""The language model that the settings name, or none."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from inframind.settings import Settings

if TYPE_CHECKING:
    from inframind.ports.analysis import LanguageModel

NO_SECOND_TRY_S = 60.0  # a pause longer than all the time there is: every try costs tokens, so the circuit decides


def model(now: Settings, client: Callable[[str], Any]) -> "LanguageModel | None":
    """The model of `ANALYST_PROVIDER`; None for `none`, and for one without its model or its address."""
    if not now.names_a_model:
        return None
    if now.analyst_provider == "bedrock":
        from inframind.adapters.language_models.bedrock import BedrockModel, bedrock_client

        return BedrockModel(bedrock_client(now.analyst_timeout_seconds, now.analyst_url), now.analyst_model)
    return _over_http(now, client)


def _over_http(now: Settings, client: Callable[[str], Any]) -> "LanguageModel":
    from inframind.adapters.language_models.ollama import OllamaModel
    from inframind.adapters.language_models.openai import OpenAiModel
    from inframind.adapters.language_models.ssm_key import secret_text
    from inframind.adapters.outbound import Outbound
    from inframind.adapters.outbound_addresses import networks

    def headers() -> dict[str, str]:
        """With the key as it is now: a new one is taken up at once."""
        key = secret_text(client("ssm"), f"/{now.bus_name}/analyst/key")
        return {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})

    http_client = Outbound(
        networks(now.outbound_allowed), call_s=now.analyst_timeout_seconds, pause_s=NO_SECOND_TRY_S, plain=True
    )
    if now.analyst_provider == "ollama":
        return OllamaModel(http_client, now.analyst_url, now.analyst_model, headers)
    return OpenAiModel(http_client, now.analyst_url, now.analyst_model, headers)
