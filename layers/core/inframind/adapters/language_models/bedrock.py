"""A language model of Amazon Bedrock, through Converse, which is the same for every model."""

from typing import Any

from inframind.adapters.aws import CONNECT_TIMEOUT_S, code
from inframind.adapters.language_models.answers import count
from inframind.errors import Malformed, Rejected, Unavailable
from inframind.incidents.analyst.prompt import Prompt
from inframind.ports.analysis import Completion

PASSES = {  # every other refusal will be one tomorrow
    "ThrottlingException",
    "TooManyRequestsException",
    "ServiceUnavailableException",
    "ModelNotReadyException",
    "ModelTimeoutException",
    "InternalServerException",
    "ModelErrorException",
}


def bedrock_client(timeout_s: float, url: str) -> Any:
    """A client for Converse that tries once; `url` names another endpoint than the region's, if it is not empty."""
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=CONNECT_TIMEOUT_S, read_timeout=timeout_s, retries={"total_max_attempts": 1})
    return boto3.client("bedrock-runtime", config=config, endpoint_url=url or None)


class BedrockModel:
    """The model of an id or of an inference profile."""

    def __init__(self, client: Any, model: str) -> None:
        self._client = client
        self._model = model

    @property
    def name(self) -> str:
        """Provider and model."""
        return f"bedrock/{self._model}"

    def answer(self, asked: Prompt, most_tokens: int) -> Completion:
        """What it answers within so many tokens."""
        told = self._converse(
            modelId=self._model,
            system=[{"text": asked.system}],
            messages=[{"role": "user", "content": [{"text": asked.user}]}],
            inferenceConfig={"maxTokens": most_tokens, "temperature": 0.0},
        )
        parts = told.get("output", {}).get("message", {}).get("content", [])
        text = "".join(part["text"] for part in parts if isinstance(part.get("text"), str))
        if not text:
            raise Malformed("The answer of Bedrock holds no text.")
        usage = told.get("usage", {})
        return Completion(text, count(usage.get("inputTokens")), count(usage.get("outputTokens")))

    def _converse(self, **request: Any) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        try:
            told: dict[str, Any] = self._client.converse(**request)
        except ClientError as error:
            raise _translated(error) from error
        except BotoCoreError as error:
            raise Unavailable(f"Bedrock could not be reached: {type(error).__name__}.", 0) from error
        except (ResponseParserError, AttributeError, TypeError, ValueError, KeyError, RecursionError) as error:
            raise Malformed("Bedrock's answer could not be read.") from error  # the parser trusts what comes
        return told


def _translated(error: Any) -> Unavailable | Rejected:
    answered = error.response.get("ResponseMetadata", {})
    if code(error) in PASSES or int(answered.get("HTTPStatusCode", 0)) >= 500:
        asked = str(answered.get("HTTPHeaders", {}).get("retry-after", ""))
        return Unavailable(f"Bedrock answered {code(error)}.", min(int(asked), 3_600) if asked.isdecimal() else 0)
    return Rejected(f"Bedrock answered {code(error)}.")
