"""The lean client against moto's server, against botocore's signature, and against servers that misbehave."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ReadTimeoutError,
)
from moto.server import ThreadedMotoServer

from inframind.adapters import lean_aws, lean_http
from inframind.adapters.lean_aws import LeanClient
from inframind.adapters.lean_signing import Credentials, signed

QUICK_S = 0.001
Reply = Callable[[BaseHTTPRequestHandler, int], None]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.setattr(lean_aws, "BACKOFF_S", QUICK_S)
    monkeypatch.setattr(lean_http, "READ_TIMEOUT_S", 120.0)


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def boto(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    monkeypatch.setenv("AWS_ENDPOINT_URL", moto_url)
    return lambda service: boto3.client(service, region_name="us-east-1", endpoint_url=moto_url)


@pytest.fixture
def table(boto: Callable[[str], Any]) -> Iterator[Any]:
    client = boto("dynamodb")
    client.create_table(
        TableName="lean",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield client
    client.delete_table(TableName="lean")


def count(client: Any, **more: Any) -> Any:
    return client.update_item(
        TableName="lean",
        Key={"pk": {"S": "a"}},
        UpdateExpression="ADD #n :one",
        ExpressionAttributeNames={"#n": "n"},
        ExpressionAttributeValues={":one": {"N": "1"}},
        **more,
    )


def test_items_are_read_and_counted_as_boto3_does(table: Any) -> None:
    client = LeanClient("dynamodb")
    where = {"TableName": "lean", "Key": {"pk": {"S": "a"}}}
    assert "Item" not in client.get_item(**where, ConsistentRead=True)
    for _ in range(3):
        count(client)
    assert client.get_item(**where)["Item"] == table.get_item(**where)["Item"] == {"pk": {"S": "a"}, "n": {"N": "3"}}


def test_messages_are_queued_as_boto3_does(boto: Callable[[str], Any]) -> None:
    url = boto("sqs").create_queue(QueueName="lean")["QueueUrl"]
    answer = LeanClient("sqs").send_message_batch(
        QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": f"body {n} é"} for n in range(3)]
    )
    received = boto("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert len(answer["Successful"]) == 3
    assert sorted(message["Body"] for message in received) == [f"body {n} é" for n in range(3)]


def test_errors_are_those_of_boto3(table: Any) -> None:
    wrong = {"TableName": "absent", "Key": {"pk": {"S": "a"}}}
    with pytest.raises(ClientError) as theirs:
        table.get_item(**wrong)
    with pytest.raises(ClientError) as ours:
        LeanClient("dynamodb").get_item(**wrong)
    assert ours.value.response["Error"]["Code"] == theirs.value.response["Error"]["Code"]
    with pytest.raises(ClientError) as condition:
        count(LeanClient("dynamodb"), ConditionExpression="attribute_exists(pk)")
    assert condition.value.response["Error"]["Code"] == "ConditionalCheckFailedException"


def test_an_absent_queue_has_the_code_that_boto3_gives_it(boto: Callable[[str], Any]) -> None:
    wrong = {"QueueUrl": "http://127.0.0.1/123456789012/absent", "Entries": [{"Id": "0", "MessageBody": "a"}]}
    with pytest.raises(ClientError) as theirs:
        boto("sqs").send_message_batch(**wrong)
    with pytest.raises(ClientError) as ours:
        LeanClient("sqs").send_message_batch(**wrong)
    assert ours.value.response["Error"]["Code"] == theirs.value.response["Error"]["Code"]


@pytest.mark.parametrize("token", [None, "a/session+token=="])
@pytest.mark.parametrize("service", ["dynamodb", "sqs"])
def test_the_signature_equals_that_of_botocore(service: str, token: str | None) -> None:
    body = json.dumps({"TableName": "tablé"}).encode()
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "host": f"{service}.eu-west-1.amazonaws.com",
        "x-amz-date": "20260111T103000Z",
        "x-amz-target": "Some_20120810.GetItem",
    }
    request = AWSRequest("POST", f"https://{headers['host']}/", headers, body)
    request.context["timestamp"] = headers["x-amz-date"]
    auth = SigV4Auth(BotoCredentials("AKID", "secret", token), service, "eu-west-1")
    if token:
        request.headers["X-Amz-Security-Token"] = token
    signature = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    ours = signed(headers, body, (service, "eu-west-1"), Credentials("AKID", "secret", token))
    assert ours["authorization"].endswith(f"Signature={signature}")
    assert f"SignedHeaders={auth.signed_headers(auth.headers_to_sign(request))}," in ours["authorization"]


class Misbehaving:
    """A server on loopback whose n-th answer (from 1) is what `reply` makes of it."""

    def __init__(self, reply: Reply) -> None:
        self.requests = 0
        self.connections: set[tuple[str, int]] = set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                outer.requests += 1
                outer.connections.add(self.client_address)
                reply(self, outer.requests)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def misbehaving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Reply], Misbehaving]]:
    made: list[Misbehaving] = []

    def make(reply: Reply) -> Misbehaving:
        made.append(Misbehaving(reply))
        monkeypatch.setenv("AWS_ENDPOINT_URL", made[-1].url)
        return made[-1]

    yield make
    for server in made:
        server.close()


def say(handler: BaseHTTPRequestHandler, status: int, document: Any, length: int | None = None) -> None:
    body = json.dumps(document).encode()
    handler.send_response(status)
    handler.send_header("content-length", str(len(body) if length is None else length))
    handler.end_headers()
    handler.wfile.write(body)
    handler.wfile.flush()


def throttled(handler: BaseHTTPRequestHandler, _: int) -> None:
    say(handler, 400, {"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"})


def broken(handler: BaseHTTPRequestHandler, _: int) -> None:
    say(handler, 500, {"__type": "InternalServerError"})


def cut_off(handler: BaseHTTPRequestHandler, _: int) -> None:
    say(handler, 200, {}, length=1_000)
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def in_chunks(handler: BaseHTTPRequestHandler, _: int) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b'8\r\n{"Item":\r\n3;x=y\r\n{}}\r\n0\r\nTrailer: 1\r\n\r\n')


def no_http(handler: BaseHTTPRequestHandler, _: int) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    handler.close_connection = True


def unbounded(handler: BaseHTTPRequestHandler, _: int) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n{}")
    handler.close_connection = True


def closing(handler: BaseHTTPRequestHandler, n: int) -> None:
    handler.send_response(200)
    handler.send_header("connection", "close")
    handler.send_header("content-length", "11")
    handler.end_headers()
    handler.wfile.write(b'{"Item":{}}')


def silent(handler: BaseHTTPRequestHandler, _: int) -> None:
    handler.connection.settimeout(120)
    handler.rfile.read(1)  # the other side gives up
    handler.close_connection = True


def good(handler: BaseHTTPRequestHandler, _: int) -> None:
    say(handler, 200, {"Item": {}})


@pytest.mark.parametrize("failure", [throttled, broken, cut_off, no_http, unbounded, silent])
def test_a_failure_that_passes_is_not_seen(
    misbehaving: Callable[[Reply], Misbehaving], failure: Reply, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lean_http, "READ_TIMEOUT_S", 2.0 if failure is silent else 120.0)
    server = misbehaving(lambda handler, n: (failure if n < 3 else good)(handler, n))
    assert LeanClient("dynamodb").get_item(TableName="t") == {"Item": {}}
    assert server.requests == 3


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (throttled, "ProvisionedThroughputExceededException"),
        (broken, "InternalServerError"),
        (cut_off, EndpointConnectionError),
        (no_http, EndpointConnectionError),
        (silent, ReadTimeoutError),
    ],
)
def test_a_failure_that_stays_is_raised_after_three_tries(
    misbehaving: Callable[[Reply], Misbehaving],
    failure: Reply,
    error: str | type[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lean_http, "READ_TIMEOUT_S", 0.2 if failure is silent else 120.0)
    server = misbehaving(failure)
    with pytest.raises(ClientError if isinstance(error, str) else error) as raised:
        LeanClient("dynamodb").get_item(TableName="t")
    if isinstance(raised.value, ClientError):
        assert raised.value.response["Error"]["Code"] == error
    assert server.requests == 3


def test_a_refusal_is_not_tried_again(misbehaving: Callable[[Reply], Misbehaving]) -> None:
    server = misbehaving(lambda handler, _: say(handler, 400, {"__type": "x#ValidationException", "message": "no"}))
    with pytest.raises(ClientError, match=r"ValidationException.*no"):
        LeanClient("dynamodb").get_item(TableName="t")
    assert server.requests == 1


def test_a_refusal_that_is_not_json_is_still_a_client_error(misbehaving: Callable[[Reply], Misbehaving]) -> None:
    misbehaving(lambda handler, _: say(handler, 403, "a proxy says no"))
    with pytest.raises(ClientError) as raised:
        LeanClient("dynamodb").get_item(TableName="t")
    assert raised.value.response["Error"]["Code"] == "403"


@pytest.mark.parametrize("reply", [in_chunks, closing])
def test_answers_in_chunks_and_connections_that_close_are_understood(
    misbehaving: Callable[[Reply], Misbehaving], reply: Reply
) -> None:
    server = misbehaving(reply)
    client = LeanClient("dynamodb")
    assert [client.get_item(TableName="t") for _ in range(2)] == [{"Item": {}}] * 2
    assert server.requests == 2


def test_calls_share_one_connection(misbehaving: Callable[[Reply], Misbehaving]) -> None:
    server = misbehaving(good)
    client = LeanClient("dynamodb")
    for _ in range(5):
        client.get_item(TableName="t")
    assert len(server.connections) == 1


def test_a_connection_that_rested_too_long_is_made_anew(
    misbehaving: Callable[[Reply], Misbehaving], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = misbehaving(good)
    client = LeanClient("dynamodb")
    client.get_item(TableName="t")
    monkeypatch.setattr(lean_http, "IDLE_LIMIT_S", -1.0)
    client.get_item(TableName="t")
    assert len(server.connections) == 2


def test_nobody_at_the_endpoint_is_an_endpoint_connection_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{unused.getsockname()[1]}")
        with pytest.raises(EndpointConnectionError):
            LeanClient("sqs").send_message_batch(QueueUrl="q", Entries=[])


def test_a_service_may_have_an_endpoint_of_its_own(
    misbehaving: Callable[[Reply], Misbehaving], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = misbehaving(good)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", server.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert LeanClient("dynamodb").get_item(TableName="t") == {"Item": {}}


def test_without_credentials_or_region_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    client = LeanClient("dynamodb")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(NoCredentialsError):
        client.get_item(TableName="t")
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with pytest.raises(NoRegionError):
        LeanClient("dynamodb")
