"""A language model behind `/v1/chat/completions`: OpenAI, and everything that speaks as it does."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from inframind.adapters.language_models.answers import count, document
from inframind.errors import Malformed
from inframind.incidents.analyst.prompt import Prompt
from inframind.notification.outgoing import Post
from inframind.ports.analysis import Completion

if TYPE_CHECKING:
    from inframind.ports.notification import HttpClient

PATH = "/v1/chat/completions"


class OpenAiModel:
    """The model at an address such as https://api.openai.com; with or without the rest of the path."""

    def __init__(self, http_client: "HttpClient", url: str, model: str, headers: Callable[[], dict[str, str]]) -> None:
        bare = url.rstrip("/").removesuffix("/chat/completions").removesuffix("/v1")
        self._http_client = http_client
        self._url = bare + PATH
        self._model = model
        self._headers = headers

    @property
    def name(self) -> str:
        """Provider and model."""
        return f"openai/{self._model}"

    def answer(self, asked: Prompt, most_tokens: int) -> Completion:
        """What it answers within so many tokens."""
        body = {
            "model": self._model,
            "messages": [{"role": "system", "content": asked.system}, {"role": "user", "content": asked.user}],
            "temperature": 0,
            "max_tokens": most_tokens,
            "response_format": {"type": "json_object"},
        }
        told = document(self._http_client.post(Post(self._url, self._headers(), json.dumps(body).encode())))
        usage: Any = told.get("usage")
        usage = usage if isinstance(usage, dict) else {}
        return Completion(_text(told), count(usage.get("prompt_tokens")), count(usage.get("completion_tokens")))


def _text(told: dict[str, Any]) -> str:
    try:
        text = told["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError) as error:
        raise Malformed("The answer of the model holds no message.") from error
    if not isinstance(text, str):
        raise Malformed("The answer of the model holds no text.")
    return text
