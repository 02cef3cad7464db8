"""A language model behind Ollama's `/api/chat`, whose `format` takes a JSON schema."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from inframind.adapters.language_models.answers import count, document
from inframind.errors import Malformed
from inframind.incidents.analyst.budget import estimated
from inframind.incidents.analyst.prompt import Prompt
from inframind.notification.outgoing import Post
from inframind.ports.analysis import Completion

if TYPE_CHECKING:
    from inframind.ports.notification import HttpClient

CONTEXT = 2_048  # tokens; contexts are multiples of it. Ollama's own is too small, and cuts prompts off silently


class OllamaModel:
    """The model at an Ollama server, such as http://127.0.0.1:11434; `headers` give the key, if there is one."""

    def __init__(self, http_client: "HttpClient", url: str, model: str, headers: Callable[[], dict[str, str]]) -> None:
        self._http_client = http_client
        self._url = f"{url.rstrip('/')}/api/chat"
        self._model = model
        self._headers = headers

    @property
    def name(self) -> str:
        """Provider and model."""
        return f"ollama/{self._model}"

    def answer(self, asked: Prompt, most_tokens: int) -> Completion:
        """What it answers within so many tokens."""
        context = -(-(estimated(asked.characters) + most_tokens) // CONTEXT) * CONTEXT
        body = {
            "model": self._model,
            "messages": [{"role": "system", "content": asked.system}, {"role": "user", "content": asked.user}],
            "stream": False,
            "format": asked.schema,
            "options": {"temperature": 0, "num_predict": most_tokens, "num_ctx": context},
        }
        told = document(self._http_client.post(Post(self._url, self._headers(), json.dumps(body).encode())))
        message: Any = told.get("message")
        text = message.get("content") if isinstance(message, dict) else None
        if not isinstance(text, str):
            raise Malformed("The answer of Ollama holds no message.")
        return Completion(text, count(told.get("prompt_eval_count")), count(told.get("eval_count")))
