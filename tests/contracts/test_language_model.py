"""What every language model does, however its server behaves: Ollama, OpenAI's protocol, Bedrock's Converse."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from inframind.adapters.language_models.configured import model
from inframind.adapters.language_models.ollama import OllamaModel
from inframind.adapters.outbound import Outbound
from inframind.adapters.outbound_addresses import networks
from inframind.errors import Malformed, Rejected, Unavailable
from inframind.incidents.analyst.prompt import SYSTEM, prompt_of
from inframind.ports.analysis import Completion, LanguageModel
from inframind.settings import Settings
from tests.adapters.servers import Answer, Server, answers, drips, hangs, reply, serving
from tests.conftest import CREDENTIALS, Account
from tests.incidents.hostile import broken, written

ASKED = prompt_of(broken())
CUT = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n"
WRONG: list[Any] = [7, "text", [], [1], {}, {"message": 3, "choices": 3, "output": 3}, None, True]
WRONG += [
    {
        "message": {"content": 7},
        "choices": [{"message": {"content": 7}}],
        "output": {"message": {"content": [{"text": 7}]}},
    },
    {"message": {"content": None}, "choices": [{}], "output": {"message": {"content": [{"image": {}}]}}},
    {"message": [], "choices": [], "output": {"message": {"content": []}}},
]


@dataclass(frozen=True)
class Provider:
    """A protocol: how it answers with a text and so many tokens, and where it is asked."""

    name: str
    path: str
    body: Callable[[str, Any, Any], Any]

    def at(self, server: Server, timeout_s: float = 60.0, **more: Any) -> LanguageModel:
        """The model at a server of this protocol, made as the settings make it."""
        url = f"http://127.0.0.1:{server.port}"
        given: dict[str, Any] = {"analyst_provider": self.name, "analyst_model": "m:1", "analyst_url": url}
        given |= {"analyst_timeout_seconds": timeout_s, "outbound_allowed": "127.0.0.0/8", "bus_name": "stack"} | more
        made = model(Settings(**given), lambda _service: NoParameters())
        assert made is not None
        return made

    def says(self, text: str, there: Any = 812, back: Any = 96) -> bytes:
        """A whole answer."""
        return reply(200, json.dumps(self.body(text, there, back)).encode(), b"content-type: application/json")


class NoParameters:
    """A parameter store in which there is nothing."""

    class exceptions:  # noqa: N801, as boto3 names it
        class ParameterNotFound(Exception): ...

    def get_parameter(self, **_request: Any) -> Any:
        raise self.exceptions.ParameterNotFound


def ollama(text: str, there: Any, back: Any) -> Any:
    counts = {"prompt_eval_count": there, "eval_count": back, "done": True, "done_reason": "stop"}
    return {"model": "m:1", "message": {"role": "assistant", "content": text}} | counts


def openai(text: str, there: Any, back: Any) -> Any:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}
    return {"id": "x", "choices": [choice], "usage": {"prompt_tokens": there, "completion_tokens": back}}


def bedrock(text: str, there: Any, back: Any) -> Any:
    message = {"role": "assistant", "content": [{"text": text[:5]}, {"text": text[5:]}]}
    usage = {"inputTokens": there, "outputTokens": back, "totalTokens": 0}
    return {"output": {"message": message}, "stopReason": "end_turn", "usage": usage, "metrics": {"latencyMs": 1}}


PROVIDERS = [
    Provider("ollama", "/api/chat", ollama),
    Provider("openai", "/v1/chat/completions", openai),
    Provider("bedrock", "/model/m%3A1/converse", bedrock),
]


@pytest.fixture(params=PROVIDERS, ids=lambda one: one.name)
def provider(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Provider:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    made: Provider = request.param
    return made


def sent(server: Server) -> tuple[str, Any]:
    """The request line and the body of the only request."""
    (request,) = server.requests
    head, _, body = request.partition(b"\r\n\r\n")
    return head.split(b"\r\n")[0].decode(), json.loads(body)


def test_it_is_asked_once_with_everything_and_answers_with_text_and_tokens(provider: Provider) -> None:
    with serving(answers(provider.says(written()))) as server:
        made = provider.at(server)
        assert made.answer(ASKED, 700) == Completion(written(), 812, 96)
    line, body = sent(server)
    assert line == f"POST {provider.path} HTTP/1.1"
    whole = json.dumps(body)
    assert json.dumps(ASKED.user) in whole
    assert json.dumps(SYSTEM) in whole
    assert "700" in whole
    assert made.name == f"{provider.name}/m:1"


def test_a_slow_answer_is_waited_for(provider: Provider) -> None:
    def slow(connection: Any, _number: int) -> None:
        time.sleep(0.3)
        connection.sendall(provider.says("fine"))

    with serving(slow) as server:
        assert provider.at(server).answer(ASKED, 100).text == "fine"


@pytest.mark.parametrize("count", [None, -1, 10**12], ids=str)
def test_tokens_that_cannot_be_are_not_counted(provider: Provider, count: Any) -> None:
    with serving(answers(provider.says("fine", count, count))) as server:
        told = provider.at(server).answer(ASKED, 100)
    assert (told.text, told.input_tokens, told.output_tokens) == ("fine", None, None)


@pytest.mark.parametrize("answer", [answers(CUT), answers(CUT + b'{"message": {"content"'), answers(b"")])
def test_what_breaks_off_is_unavailable_after_one_try(provider: Provider, answer: Answer) -> None:
    with serving(answer) as server, pytest.raises(Unavailable):
        provider.at(server).answer(ASKED, 100)
    assert len(server.requests) == 1


def test_silence_is_unavailable_after_one_try(provider: Provider) -> None:
    begun = time.monotonic()
    with serving(hangs) as server, pytest.raises(Unavailable):
        provider.at(server, timeout_s=2).answer(ASKED, 100)
    assert time.monotonic() - begun < 45  # what hangs does so for two minutes
    assert len(server.requests) == 1


def test_a_server_that_is_not_there_is_unavailable(provider: Provider) -> None:
    with serving(answers(b"")) as server:
        gone = server
    with pytest.raises(Unavailable):
        provider.at(gone, timeout_s=0.5).answer(ASKED, 100)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_what_may_pass_is_unavailable_with_the_wait_that_was_asked_for(provider: Provider, status: int) -> None:
    kind = b"x-amzn-errortype: ThrottlingException" if status == 429 else b"x-amzn-errortype: InternalServerException"
    with serving(answers(reply(status, b"{}", b"retry-after: 17", kind))) as server, pytest.raises(Unavailable) as away:
        provider.at(server).answer(ASKED, 100)
    assert len(server.requests) == 1
    assert away.value.retry_after_s == 17


@pytest.mark.parametrize("status", [400, 401, 403, 404, 302])
def test_what_will_be_wrong_tomorrow_is_rejected(provider: Provider, status: int) -> None:
    where = b"location: http://169.254.169.254/latest/meta-data/"
    body = b'{"message": "no", "error": "model not found"}'
    refusal = reply(status, body, where, b"x-amzn-errortype: AccessDeniedException")
    with serving(answers(refusal)) as server, pytest.raises(Rejected):
        provider.at(server).answer(ASKED, 100)
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"", b"<html>oops", b"{", b'{"a": ', b"\xff\xfe\x00", b"[" * 50_000], ids=range(6))
def test_what_is_no_json_is_malformed(provider: Provider, body: bytes) -> None:
    with serving(answers(reply(200, body))) as server, pytest.raises(Malformed):
        provider.at(server).answer(ASKED, 100)


@pytest.mark.parametrize("told", WRONG, ids=lambda one: str(one)[:30])
def test_json_of_wrong_types_is_malformed(provider: Provider, told: Any) -> None:
    with serving(answers(reply(200, json.dumps(told).encode()))) as server, pytest.raises(Malformed):
        provider.at(server).answer(ASKED, 100)


def test_a_huge_answer_is_refused() -> None:
    with serving(answers(PROVIDERS[0].says("x" * 3_000_000))) as server, pytest.raises(Rejected, match="65536"):
        PROVIDERS[0].at(server).answer(ASKED, 100)


@pytest.mark.parametrize("provider", PROVIDERS[:2], ids=lambda one: one.name)
def test_an_answer_that_never_ends_is_cut_off_in_time(provider: Provider) -> None:
    begun = time.monotonic()
    with serving(drips) as server, pytest.raises(Unavailable):
        provider.at(server, timeout_s=0.5).answer(ASKED, 100)
    assert time.monotonic() - begun < 45


@pytest.mark.parametrize("provider", PROVIDERS[:2], ids=lambda one: one.name)
def test_an_address_inside_is_not_called_unless_it_is_allowed(provider: Provider) -> None:
    with serving(answers(provider.says("x"))) as server, pytest.raises(Rejected, match="open Internet"):
        provider.at(server, outbound_allowed="").answer(ASKED, 100)
    assert server.requests == []


@pytest.mark.parametrize("provider", PROVIDERS[:2], ids=lambda one: one.name)
def test_the_key_comes_from_the_parameter_store(provider: Provider, aws: Account) -> None:
    ssm = aws.client("ssm")
    ssm.put_parameter(Name="/stack/analyst/key", Value="sk-something\n", Type="SecureString")
    with serving(answers(provider.says("fine"))) as server:
        now = {
            "analyst_provider": provider.name,
            "analyst_model": "m",
            "analyst_url": f"http://127.0.0.1:{server.port}/v1/",
        }
        made = model(Settings(**now, outbound_allowed="127.0.0.0/8", bus_name="stack"), lambda _service: ssm)  # type: ignore[arg-type]
        assert made
        assert b"authorization: bearer sk-something\r\n" in _asked_of(made, server).lower()


def _asked_of(made: LanguageModel, server: Server) -> bytes:
    made.answer(ASKED, 100)
    return server.requests[-1]


def test_ollama_is_asked_for_the_schema_and_for_room_for_all_of_it() -> None:
    with serving(answers(PROVIDERS[0].says("fine"))) as server:
        http_client = Outbound(networks("127.0.0.0/8"), plain=True)
        OllamaModel(http_client, f"http://127.0.0.1:{server.port}/", "m", dict).answer(ASKED, 700)
    _, body = sent(server)
    assert body["format"] == ASKED.schema
    assert body["stream"] is False
    assert body["options"]["num_ctx"] * 3 > ASKED.characters + 3 * 700


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"analyst_provider": "none", "analyst_model": "m"},
        {"analyst_provider": "ollama", "analyst_model": "m"},
        {"analyst_provider": "openai", "analyst_url": "https://api.openai.com"},
        {"analyst_provider": "bedrock"},
        {"analyst_provider": "another", "analyst_model": "m", "analyst_url": "https://x"},
    ],
    ids=str,
)
def test_without_a_provider_a_model_and_an_address_there_is_none(given: dict[str, Any]) -> None:
    assert model(Settings(**given), lambda _service: NoParameters()) is None
